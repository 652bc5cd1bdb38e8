/** Id of the tool that sends mail. */
export const MAIL_TOOL = 'send_email_tool';

/** Whether nothing that is sent to the host leaves this machine. */
export function isOwnMachine(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d+){3}$/.test(host);
}
