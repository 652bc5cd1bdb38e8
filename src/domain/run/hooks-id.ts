/** Under this id the hooks are accepted like a tool that has changed; no tool is called so. */
export const HOOKS_ID = 'portia:hooks';
