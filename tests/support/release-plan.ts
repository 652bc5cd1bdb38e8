/** Asks what changed, then writes it down, which needs a consent; a file that is there is not overwritten unasked. */
export const RELEASE = `
plan_context: { query: Release a version, tool_ids: [file_writer_tool] }
plan_inputs: [{ name: $version, description: The version, schema: { type: string } }]
steps:
  - { kind: user_input, message: What changed?, output: $changes }
  - kind: tool
    tool_id: file_writer_tool
    args: { filename: CHANGES.md, content: '{{ $version }}: {{ $changes }}' }
    output: $written
`;
