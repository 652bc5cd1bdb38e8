/** A page of `docs/`, or the section of it below a heading. */
export interface HelpPage {
  page: string;
  section?: string;
}

/** What `portia help <topic>` prints, apart from `offline`, which the offline planner prints itself. */
export const HELP_TOPICS: Readonly<Record<string, HelpPage>> = {
  answers: { page: 'commands', section: 'Answers' },
  approvals: { page: 'scripts-and-ci', section: 'Approvals' },
  ci: { page: 'ci' },
  commands: { page: 'commands' },
  durability: { page: 'durability' },
  environment: { page: 'settings', section: 'Environment variables' },
  'exit-codes': { page: 'scripts-and-ci', section: 'Exit codes' },
  files: { page: 'files' },
  'from-python': { page: 'from-python' },
  formats: { page: 'scripts-and-ci', section: 'Formats' },
  hooks: { page: 'hooks' },
  library: { page: 'library' },
  mcp: { page: 'mcp' },
  models: { page: 'models' },
  notices: { page: 'notices' },
  testing: { page: 'testing' },
  'plan-language': { page: 'plan-language' },
  scale: { page: 'scale' },
  'scripts-and-ci': { page: 'scripts-and-ci' },
  serve: { page: 'serve' },
  settings: { page: 'settings' },
  tools: { page: 'tools' },
  traces: { page: 'traces' },
  trust: { page: 'trust' },
};

/** All topics, as they are listed. */
export const TOPICS: readonly string[] = [...Object.keys(HELP_TOPICS), 'offline'].sort();
