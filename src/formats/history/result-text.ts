import type { Part, ToolResultPart } from '../../chat/part.ts'

/** The result of a tool as parts of a user message, after a line that says what it is. */
export function textOfResult({ content, name, callId, isError }: ToolResultPart): readonly Part[] {
  const what = isError ? 'Error' : 'Result'
  const label = `${what} of an earlier call of the tool ${name ?? callId}:`
  return [{ type: 'text', text: label }, ...content.filter((part) => part.type !== 'text' || part.text.trim() !== '')]
}
