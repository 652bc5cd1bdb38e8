import type { SettingsFlags } from '../config/flag-layer.js';
import { createOwnerCheck, type RefuseOthers } from '../config/project-owner.js';
import { readProject, withoutFiles, type Project } from '../config/project.js';
import { homeFolder, readUserSettings } from '../config/settings-file.js';
import { mergeSettings, type Settings } from '../config/settings.js';
import type { ProjectFiles } from '../config/trust-items.js';
import { createVariables, type FindVariable } from '../config/variables.js';
import type { Environment } from '../domain/environment.js';
import { judgeProject, type ProjectTrust } from './trust/project-trust.js';

export interface OpenOptions {
  cwd: string;
  environment: Environment;
  flags: SettingsFlags;
  /** Numeric id of the user; undefined where the system has none. */
  userId?: number | undefined;
  /** The user trusts the project for this command. */
  trustProject?: boolean | undefined;
  /** Nothing of the project's settings counts. */
  noProject?: boolean | undefined;
}

/** The settings in force, from the project, the user, the shell and the flags together. */
export interface InForce {
  settings: Settings;
  variables: FindVariable;
}

export interface OpenedProject extends InForce {
  project: Project;
  refuseOthers: RefuseOthers;
  trust: ProjectTrust;
  /** The settings that would be in force if all of the project counted. */
  whole: InForce;
}

/** Reads the settings of a project and of the user. Only the parts of the project that the user trusts count. */
export async function openProject(root: string, options: OpenOptions): Promise<OpenedProject> {
  const { cwd, environment, userId, flags } = options;
  const user = await readUserSettings(environment);
  const refuseOthers = createOwnerCheck(root, { cwd, userId, environment, user: user?.settings });
  const enabled = user?.settings.mcp?.enable ?? [];
  const project = options.noProject ? withoutFiles(root) : await readProject(root, { cwd, refuseOthers, enabled });
  const home = homeFolder(environment);
  const trust = await judgeProject(project, {
    isGiven: options.trustProject ?? false,
    shell: environment,
    home,
    user: user?.settings,
  });
  const inForce = ({ dotenv, settings }: ProjectFiles): InForce => ({
    settings: mergeSettings(
      { flags, shell: environment, dotenv, project: settings, user },
      { cwd, projectRoot: root, home },
    ),
    variables: createVariables(environment, dotenv),
  });
  const own = inForce(trust.files);
  return { project, refuseOthers, trust, ...own, whole: trust.isTrusted ? own : inForce(project) };
}
