/** Id of the tool that sends mail. */
export const MAIL_TOOL = 'send_email_tool';
