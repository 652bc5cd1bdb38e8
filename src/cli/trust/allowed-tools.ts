import { portia } from '../../domain/next-step.js';
import { realPathOf } from '../../app/trust/real-path.js';
import { listAllowedTools, readAllowedTools, writeAllowedTools } from '../../config/allowed-tools.js';
import { PortiaError } from '../../domain/errors.js';
import { oneLine } from '../../domain/values/printable.js';
import { EXIT } from '../session/exit-codes.js';
import { refuseFieldsBut } from '../session/output-fields.js';
import type { Session } from '../session/session.js';

/** Lists the tools that the user always allows, by project. */
export async function listAllowed(session: Session): Promise<number> {
  refuseFieldsBut(['root', 'tools'], session.options.fields);
  const projects = listAllowedTools(session.io.environment);
  await session.print({
    record: projects,
    human: () => {
      if (projects.length === 0) return 'No tool is always allowed.\n';
      const lines = projects.flatMap(({ root, tools }) => [
        oneLine(root),
        ...tools.map(({ tool_id: id, allowed_at: at }) => `  ${oneLine(id)}   (since ${at.slice(0, 10)})`),
      ]);
      return `${lines.join('\n')}\n`;
    },
  });
  return EXIT.complete;
}

/** Asks again before calls of a tool in this project. */
export async function revokeAllowed(session: Session, toolId: string): Promise<number> {
  refuseFieldsBut(['root', 'tool_id'], session.options.fields);
  const { projectRoot } = session.services;
  const root = realPathOf(projectRoot) ?? projectRoot;
  const { environment } = session.io;
  const tools = readAllowedTools(root, environment);
  const kept = tools.filter((tool) => tool.tool_id !== toolId);
  // A slip must not pass as done: the tool would still be called.
  if (kept.length === tools.length) {
    throw new PortiaError('not-found', `${toolId} is not always allowed in ${root}.`, {
      why: tools.length === 0 ? 'No tool is.' : `These are: ${tools.map(({ tool_id: id }) => id).join(', ')}.`,
      fix: portia('trust', '--allowed'),
    });
  }
  await writeAllowedTools({ root, tools: kept }, environment);
  await session.print({
    record: { root, tool_id: toolId },
    human: () => `You are asked again before calls of ${oneLine(toolId)} in ${oneLine(root)}.\n`,
  });
  return EXIT.complete;
}
