/** Whether nothing that is sent to this host leaves the machine. An IPv6 address may be in brackets, as URLs have it. */
export function isOwnMachine(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || /^(?:::1|\[::1\]|127(?:\.\d+){3})$/.test(host);
}
