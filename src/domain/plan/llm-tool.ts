/** The tool that is the model itself. */
export const LLM_TOOL = 'llm_tool';
