/** What is used of the package. It brings no types. */
declare module '@joplin/turndown-plugin-gfm' {
  import type TurndownService from 'turndown';

  /** Tables, lists of tasks and struck out text, as GitHub writes them. */
  export const gfm: TurndownService.Plugin;
}
