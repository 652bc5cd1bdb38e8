import { portia } from '../../domain/next-step.js';
import { TOOL_LANGUAGES } from '../../app/setup/new-tool.js';
import { PortiaError } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';
import { shownReadiness } from '../../tools/readiness.js';
import { effectiveTools, type ToolRegistry } from '../../tools/registry.js';
import type { Tool } from '../../tools/tool.js';
import { toolListView, toolView } from '../../ui/tools-view.js';
import { EXIT } from '../session/exit-codes.js';
import { IMPORT_FLAGS, type ImportOptions } from '../tools/import-flags.js';
import { defineCommand } from '../session/command.js';
import { flag } from '../session/flags.js';
import { ALLOW_PATH_FLAGS, INSPECT_FLAGS, MODEL_FLAGS, TOOL_FLAGS, type ToolOptions } from '../session/options.js';
import { requireTrustForTool } from '../trust/require-trust.js';
import { createSession, type Session } from '../session/session.js';
import { requireAction } from '../session/actions.js';

const LIST_FLAGS = { ...MODEL_FLAGS, ...TOOL_FLAGS, ...INSPECT_FLAGS };

const CALL_FLAGS = {
  ...MODEL_FLAGS,
  approve: flag.list('--approve <glob>', 'allow the call (repeatable)'),
  ...ALLOW_PATH_FLAGS,
  ...INSPECT_FLAGS,
};

const NEW_FLAGS = {
  language: flag.text('--language <language>', 'language of a new tool: ts (default), js, python or sh', {
    choices: TOOL_LANGUAGES,
  }),
};

const SIGN_IN_FLAGS = { endUser: flag.text('--end-user <id>', 'who signs in') };

/** What `import` reads. */
const FORMATS = ['openapi'];

const ACTIONS = {
  list: { parameters: '', summary: 'the tools that are here, and why others are off', flags: LIST_FLAGS },
  describe: {
    parameters: '<tool>',
    summary: 'what a tool does, and its arguments',
    flags: { ...MODEL_FLAGS, ...INSPECT_FLAGS },
  },
  call: { parameters: '<tool> [arguments...]', summary: 'call a tool, without a model or a plan', flags: CALL_FLAGS },
  new: { parameters: '<name>', summary: 'write a tool of your own to begin with, and its test', flags: NEW_FLAGS },
  test: { parameters: '[tools...]', summary: 'call your tools as their tests say', flags: CALL_FLAGS },
  import: {
    parameters: 'openapi <document>',
    choices: FORMATS,
    summary: 'make HTTP tools of the operations of an OpenAPI document',
    about:
      'The document is a file, an address, or - for standard input. What is written into portia.json is listed, with the ' +
      'variables that its calls need. A declaration that is there and differs is replaced only with your yes.',
    flags: IMPORT_FLAGS,
  },
  'sign-in': {
    parameters: '<address>',
    summary: 'open a window of the browser, in which you sign in for browser_tool',
    about: 'It ends when you close the window. What you signed in to is kept for the project and the end user.',
    flags: SIGN_IN_FLAGS,
  },
};

/** `list`, `describe TOOL`, `call TOOL NAME=VALUE…`, `new NAME`, `test [TOOL…]`, `import openapi FILE`, `sign-in ADDRESS`. */
export const command = defineCommand({
  choices: Object.keys(ACTIONS),
  actions: ACTIONS,
  examples: [
    ['portia tools list', 'what is here, and why the rest is off'],
    ['portia tools list --tool "*sql*"', 'only the tools that a pattern names'],
    ['portia tools describe calculator_tool', 'its arguments'],
    ['portia tools call calculator_tool math_question="2 + 2"', 'one call, no model'],
    ['portia tools new count_words --language python', 'a tool of your own to begin with, and its test'],
    ['portia tools test', 'calls your tools as their tests say'],
    ['portia tools import openapi pets.yaml --only "get*"', 'HTTP tools from an OpenAPI document'],
  ],
  hasValue: true,
  flags: { ...LIST_FLAGS, ...CALL_FLAGS, ...NEW_FLAGS, ...IMPORT_FLAGS, ...SIGN_IN_FLAGS },
  async run(invocation) {
    const [word = 'list', id, ...args] = invocation.parameters;
    const action = requireAction('tools', word, { actions: ACTIONS, usual: 'list' });
    const session = await createSession(invocation);
    if (action === 'new') {
      const { writeNewTool } = await import('../tools/new-tool.js');
      return writeNewTool(session, { id: requireId(id, action), language: session.options.language });
    }
    if (action === 'import') return importTools(session, id, args[0]);
    if (action === 'sign-in') {
      const { signInAtPage } = await import('../tools/sign-in-at-page.js');
      return signInAtPage(session, id, session.options.endUser);
    }
    if (action === 'test') {
      const { testTools } = await import('../tools/test-tools.js');
      return testTools(session, invocation.parameters.slice(1));
    }
    if (id !== undefined && action !== 'list') await requireTrustForTool(session, id);
    const { services } = session;
    switch (action) {
      case 'list':
        return listTools(session, await selectTools(session, await services.tools()));
      case 'describe':
        return describeTool(session, await services.requireTool(requireId(id, action)));
      case 'call': {
        const tool = await services.requireTool(requireId(id, action));
        const { callToolDirectly } = await import('../runs/call-tool.js');
        return callToolDirectly(session, tool, args);
      }
    }
  },
});

async function importTools(
  session: Session<ImportOptions>,
  format: string | undefined,
  source: string | undefined,
): Promise<number> {
  if (format === undefined || !FORMATS.includes(format) || source === undefined) {
    throw new PortiaError('usage', 'portia tools import needs openapi, and a file or an address.', {
      why:
        format === undefined || FORMATS.includes(format) ? undefined : `${JSON.stringify(format)} cannot be imported.`,
      fix: portia('tools', 'import', 'openapi', 'FILE'),
    });
  }
  const { importOpenApi } = await import('../tools/import-openapi.js');
  return importOpenApi(session, source);
}

function requireId(id: string | undefined, action: string): string {
  if (id !== undefined) return id;
  throw new PortiaError('usage', `portia tools ${action} needs the id of a tool.`, { fix: portia('tools', 'list') });
}

/** Those that --tool and --exclude-tool leave. */
async function selectTools({ options }: Session<ToolOptions>, registry: ToolRegistry): Promise<ToolRegistry> {
  return registry.select({ include: options.tool, exclude: options.excludeTool });
}

async function listTools(session: Session, registry: ToolRegistry): Promise<number> {
  const tools = (await effectiveTools(registry, session.services.toolEnvironment)).map(({ tool, readiness }) => {
    const { id, description, effect, source, sends = false } = tool;
    return { id, description, effect, source, sends, readiness };
  });
  await session.print({ record: tools, human: (look) => toolListView(tools, look) });
  return EXIT.complete;
}

async function describeTool(session: Session, tool: Tool): Promise<number> {
  await tool.prepare?.();
  const readiness = await shownReadiness(tool, { environment: session.services.toolEnvironment });
  const { id, name, description, effect, source } = tool;
  await session.print({
    record: {
      id,
      name,
      description,
      effect,
      source,
      sends: tool.sends ?? false,
      readiness: readiness as Json,
      input_schema: tool.inputSchema(),
    },
    human: (look) => toolView(tool, readiness, look),
  });
  return EXIT.complete;
}
