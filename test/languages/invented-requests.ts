// Conversations that nobody had: instructions, questions with pictures, answers with calls, and the results of all of them.
import fc from 'fast-check'
import type { Part } from '../../src/chat/part.ts'
import type { ChatRequest, FunctionTool, Message } from '../../src/chat/request.ts'

const word = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_-]{0,10}$/)
const said = fc.oneof(word, fc.constantFrom('a\n\nb', '🌊', '{"a":1}', '<b>', '"'), fc.lorem({ maxCount: 4 }))
const textPart = said.map((text): Part => ({ type: 'text', text }))
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

/** One turn: what the user says, what the model answers, and the results of what it calls. */
const turn = fc.record({
  asked: fc.tuple(textPart, fc.boolean()).map(([text, hasPicture]) => (hasPicture ? [text, picture] : [text])),
  answered: fc.option(textPart),
  calls: fc.array(fc.record({ city: said, days: fc.integer() }), { maxLength: 3 }),
  results: fc.array(said, { minLength: 3, maxLength: 3 }),
})

type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never

/** A request in the words of the model; `format` is nobody's, so that nothing is passed on as it came. */
export const requests: fc.Arbitrary<ChatRequest> = fc
  .tuple(fc.option(said), fc.array(turn, { maxLength: 3 }), textPart, tools)
  .map(([system, turns, last, tools]) => ({
    format: 'invented',
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

function messagesOf({ asked, answered, calls, results }: Turn, at: number, name: string): Message[] {
  const called = calls.map((args, index): Part => ({
    type: 'tool-call',
    id: `toolu_${at}A${index}`,
    name,
    arguments: JSON.stringify(args),
  }))
  const answer = [
    ...(answered === null && called.length > 0 ? [] : [answered ?? ({ type: 'text', text: 'Yes.' } as Part)]),
    ...called,
  ]
  const told = calls.map((_, index): Message => ({
    role: 'tool',
    parts: [
      { type: 'tool-result', callId: `toolu_${at}A${index}`, name, content: [{ type: 'text', text: results[index]! }] },
    ],
  }))
  return [{ role: 'user', parts: asked }, { role: 'assistant', parts: answer }, ...told]
}
