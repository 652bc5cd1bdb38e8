/** The tool whose settings say where the browser is. */
export const BROWSER_TOOL = 'browser_tool';

/** The host to which a browser is bound that begins at an address: without `www.`, which often leads to it. */
export function boundHost({ hostname }: URL): string {
  return hostname.replace(/^www\./, '');
}

/** Whether an address is of this host, or of one below it. */
export function isWithinHost(address: string, host: string): boolean {
  if (!URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return hostname === host || hostname.endsWith(`.${host}`);
}
