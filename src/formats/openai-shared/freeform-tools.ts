import type { FunctionTool } from '../../chat/request.ts'
import { isRecord } from '../fields/fields.ts'
import { filled } from '../fields/values.ts'
import type { Losses } from '../translation/losses.ts'

// Tools whose input is a free text, optionally by a grammar: type `custom` in both of OpenAI's formats. For other formats
// they are functions with one string.
// Source: https://platform.openai.com/docs/guides/function-calling#custom-tools

interface Freeform {
  readonly name: string
  readonly description: string | undefined
  readonly syntax: string | undefined
  readonly grammar: string | undefined
}

/** Reads a tool: `format` is `{type, syntax, definition}` in Responses, `{type, grammar: {...}}` in Chat Completions. */
export function readFreeform(tool: Readonly<Record<string, unknown>>): Freeform | undefined {
  const name = filled(tool['name'])
  if (name === undefined) return undefined
  const format = isRecord(tool['format']) ? tool['format'] : {}
  const grammar = isRecord(format['grammar']) ? format['grammar'] : format
  return {
    name,
    description: filled(tool['description']),
    syntax: filled(grammar['syntax']),
    grammar: filled(grammar['definition']),
  }
}

/** The tool as a function. Its grammar goes into the description, because no other format enforces one. */
export function freeformFunction(
  { name, description, syntax, grammar }: Freeform,
  path: string,
  losses: Losses,
): FunctionTool {
  if (grammar !== undefined)
    losses.note(
      `${path}.format`,
      'changed: the grammar is part of the description, and the upstream does not enforce it',
    )
  const rule =
    grammar === undefined ? [] : [`The input follows this ${syntax ?? ''} grammar:\n${grammar}`.replace('  ', ' ')]
  return {
    type: 'function',
    name,
    description: [...(description === undefined ? [] : [description]), ...rule].join('\n\n') || 'Takes free text.',
    parameters: {
      type: 'object',
      properties: { input: { type: 'string', description: 'The whole input of the tool, as plain text.' } },
      required: ['input'],
      additionalProperties: false,
    },
    client: { name, isFreeform: true },
  }
}

/** The arguments of a past call of such a tool. */
export const freeformArguments = (input: unknown): string =>
  JSON.stringify({ input: typeof input === 'string' ? input : JSON.stringify(input ?? '') })
