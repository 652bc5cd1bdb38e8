/** The parts of a project that act or loosen something: they count only when the user trusts the project. */
export type TrustKind =
  | 'module'
  | 'hooks'
  | 'program-tool'
  | 'http-tool'
  | 'notice'
  | 'users'
  | 'mcp-server'
  | 'program'
  | 'rule'
  | 'path'
  | 'store'
  | 'server'
  | 'key'
  | 'request'
  | 'price';
