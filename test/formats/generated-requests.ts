// Generated conversations: instructions, questions with images, answers with tool calls, and their results.
import fc from 'fast-check'
import type { Part } from '../../src/chat/part.ts'
import type { ChatRequest, FunctionTool, Message } from '../../src/chat/request.ts'

const word = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_-]{0,10}$/)
const content = fc.oneof(word, fc.constantFrom('a\n\nb', '🌊', '{"a":1}', '<b>', '"'), fc.lorem({ maxCount: 4 }))
const textPart = content.map((text): Part => ({ type: 'text', text }))
const picture: Part = {
  type: 'media',
  kind: 'image',
  mediaType: 'image/png',
  source: { type: 'base64', data: 'iVBORw0KGgo=' },
}

const tools: fc.Arbitrary<readonly FunctionTool[]> = fc.uniqueArray(word, { minLength: 1, maxLength: 3 }).map((names) =>
  names.map((name): FunctionTool => ({
    type: 'function',
    name,
    description: `Does ${name}`,
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city'],
    },
  })),
)

/** One turn: the text of the user, the answer of the model, and the results of its calls. */
const turn = fc.record({
  question: fc.tuple(textPart, fc.boolean()).map(([text, hasPicture]) => (hasPicture ? [text, picture] : [text])),
  answer: fc.option(textPart),
  calls: fc.array(fc.record({ city: content, days: fc.integer() }), { maxLength: 3 }),
  results: fc.array(content, { minLength: 3, maxLength: 3 }),
})

type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never

/** A canonical request. Its `format` does not exist, so that no field is forwarded unchanged. */
export const requests: fc.Arbitrary<ChatRequest> = fc
  .tuple(fc.option(content), fc.array(turn, { maxLength: 3 }), textPart, tools)
  .map(([system, turns, last, tools]) => ({
    format: 'generated',
    model: 'm',
    messages: [
      ...(system === null ? [] : [{ role: 'system', parts: [{ type: 'text', text: system }] } as Message]),
      ...turns.flatMap((each, at) => messagesOf(each, at, tools[at % tools.length]!.name)),
      { role: 'user', parts: [last] },
    ],
    tools,
    sampling: {},
    maxOutput: 1000,
    stop: [],
    stream: false,
    wantsUsage: true,
  }))

function messagesOf({ question, answer, calls, results }: Turn, at: number, name: string): Message[] {
  const called = calls.map((args, index): Part => ({
    type: 'tool-call',
    id: `toolu_${at}A${index}`,
    name,
    arguments: JSON.stringify(args),
  }))
  const answerParts = [
    ...(answer === null && called.length > 0 ? [] : [answer ?? ({ type: 'text', text: 'Yes.' } as Part)]),
    ...called,
  ]
  const toolResults = calls.map((_, index): Message => ({
    role: 'tool',
    parts: [
      { type: 'tool-result', callId: `toolu_${at}A${index}`, name, content: [{ type: 'text', text: results[index]! }] },
    ],
  }))
  return [{ role: 'user', parts: question }, { role: 'assistant', parts: answerParts }, ...toolResults]
}
