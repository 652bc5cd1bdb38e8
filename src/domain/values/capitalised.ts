/** The text with a capital at its beginning, as a sentence has it. */
export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
