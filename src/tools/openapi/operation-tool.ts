import { cutText } from '../../domain/values/cut-text.js';
import { oneLine } from '../../domain/values/printable.js';
import type { JsonSchema } from '../../domain/values/json.js';
import type { HttpSettings } from '../http/http-settings.js';
import { TooLarge, type ApiDocument } from './api-document.js';
import { own, ownText } from './own-values.js';
import { ToolArguments } from './arguments.js';
import type { ListedOperation } from './operations.js';
import { requestParametersOf } from './parameters.js';
import { requestBodyOf } from './request-body.js';
import { SchemaWriter } from './schema-writer.js';
import { securityOf, type NeededVariable } from './security.js';
import { namedServerUrl, serversOf } from './servers.js';

/** An operation as a tool. */
export interface OperationTool {
  settings: HttpSettings;
  server: URL;
  variables: NeededVariable[];
  /** Optional parameters that cannot be sent, and why. */
  missing: string[];
}

/** Where a document comes from, and where its calls go. */
export interface ApiPlace {
  /** The address of the document. */
  base: URL | undefined;
  /** Where operations go that name no server of their own. */
  server: URL;
}

/** How many named schemas deep arguments are described: less deep where they would be too long. */
const LEVELS = [Infinity, 3, 2, 1, 0];

/** Characters of the JSON Schema of the arguments. */
const MOST_SCHEMA = 16_000;
const MOST_DESCRIPTION = 600;

/** The tool that makes an operation. Throws NotImported when it cannot be made. */
export function operationTool(api: ApiDocument, listed: ListedOperation, place: ApiPlace): OperationTool {
  for (const levels of LEVELS) {
    try {
      const tool = toolWithin(api, listed, { ...place, levels });
      if (JSON.stringify(tool.settings.args ?? {}).length <= MOST_SCHEMA) return tool;
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
    }
  }
  throw new TooLarge('its arguments are too large to be described');
}

function toolWithin(
  api: ApiDocument,
  { method, path, item, operation }: ListedOperation,
  { base, server: standard, levels }: ApiPlace & { levels: number },
): OperationTool {
  const [named] = [...serversOf(operation), ...serversOf(item)];
  const server = named === undefined ? standard : namedServerUrl(named.url, base);
  const security = securityOf(api, operation, server);
  const args = new ToolArguments(new SchemaWriter(api, levels));
  const parameters = requestParametersOf(api, { path, item, operation, security }, args);
  const body = method === 'get' || method === 'head' ? {} : requestBodyOf(api, operation, args);
  const query = { ...parameters.query, ...security.query };
  const headers = { ...parameters.headers, ...body.headers, ...security.headers };
  const schema: JsonSchema | undefined = args.schema();
  const settings: HttpSettings = {
    description: descriptionOf(operation, `${method.toUpperCase()} ${path}`),
    method: METHOD_NAMES[method],
    url: `${server.href.replace(/\/$/, '')}${parameters.path}`,
    ...(Object.keys(query).length > 0 && { query }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(body.body !== undefined && { body: body.body }),
    ...(body.form !== undefined && { form: body.form }),
    ...(schema !== undefined && { args: schema }),
    ...(method === 'head' && { output: '$headers' }),
  };
  return { settings, server, variables: security.variables, missing: parameters.missing };
}

const METHOD_NAMES = { get: 'GET', head: 'HEAD', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const;

function descriptionOf(operation: ListedOperation['operation'], otherwise: string): string {
  const summary = oneLine(ownText(operation, 'summary') ?? '').replace(/[.\s]+$/, '');
  const details = oneLine(ownText(operation, 'description') ?? '');
  const isSaid = summary === '' || details.startsWith(summary);
  const said = isSaid ? details : details === '' ? `${summary}.` : `${summary}. ${details}`;
  const deprecated = own(operation, 'deprecated') === true ? 'Deprecated. ' : '';
  return cutText(`${deprecated}${said === '' ? oneLine(otherwise) : said}`, MOST_DESCRIPTION);
}
