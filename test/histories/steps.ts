// Conversations with everything that goes wrong in histories, in the format of each client.
import fc from 'fast-check'

/** A step of a conversation, without the notation of a format. */
export type Step =
  | { readonly kind: 'user'; readonly text: string; readonly media?: 'image' | 'pdf' | 'video' }
  | { readonly kind: 'system'; readonly text: string }
  | { readonly kind: 'answer'; readonly text: string; readonly image?: boolean }
  | { readonly kind: 'thought'; readonly text: string; readonly seal: string }
  | {
      readonly kind: 'call'
      readonly id: string
      readonly name: string
      readonly args: string
      readonly isCustom: boolean
    }
  | { readonly kind: 'result'; readonly id: string; readonly text: string; readonly media?: 'image' | 'audio' }
  | { readonly kind: 'native'; readonly at: number }

export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
export const PDF = Buffer.from('%PDF-1.4 x').toString('base64')

const text = fc.constantFrom('Go on.', '', ' ', 'cut \ud83d', '{"a":1}', 'é🌊', '"$ref"')
/** Few ids, so that many are used twice. */
const id = fc.constantFrom('ls:0', 'call_1', 'toolu_01', 'call_1_2', 'x'.repeat(70), 'é')
const name = fc.constantFrom('ls', 'look_up')
const args = fc.constantFrom('{}', '', '{"path":"/a"}', '{"path":"/a","text":"unfin', '[1]', '{"a":"\\ud83d"}', 'null')
const seal = fc.constantFrom(
  'none',
  'sluice.1.anthropic.s.SIG',
  'sluice.1.gemini.s.U0lH',
  'sluice.1.openai-responses.d.DATA',
  'OWN',
)

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('user' as const), text }),
  fc.record({
    kind: fc.constant('user' as const),
    text,
    media: fc.constantFrom('image' as const, 'pdf' as const, 'video' as const),
  }),
  fc.record({ kind: fc.constant('answer' as const), text, image: fc.boolean() }),
  fc.record({ kind: fc.constant('thought' as const), text, seal }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('call' as const), id, name, args, isCustom: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('result' as const), id, text }) },
  fc.record({
    kind: fc.constant('result' as const),
    id,
    text,
    media: fc.constantFrom('image' as const, 'audio' as const),
  }),
  fc.record({ kind: fc.constant('native' as const), at: fc.nat(9) }),
  fc.record({ kind: fc.constant('system' as const), text: fc.constantFrom('Be brief.', '') }),
)

/** Begins and ends with a user, who is answered now. */
export const conversations: fc.Arbitrary<readonly Step[]> = fc
  .array(step, { maxLength: 14 })
  .map((steps) => BEGIN.concat(steps, END))

const BEGIN: readonly Step[] = [{ kind: 'user', text: 'Begin.' }]
const END: readonly Step[] = [
  { kind: 'answer', text: 'Yes.' },
  { kind: 'user', text: 'And now?' },
]

/** The arguments of a call, for formats that have only objects. */
export function objectIn(json: string): object {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  } catch {
    return {}
  }
}
