// One probe of one model in one language: what a client would see.
import { fold } from '../chat/fold.ts'
import type { ChatResponse } from '../chat/response.ts'
import { asGatewayError } from '../errors.ts'
import { Losses } from '../formats/translation/losses.ts'
import type { Language } from './language.ts'
import type { Probe } from './probe.ts'

/** A gateway that runs. */
export interface Patient {
  readonly url: string
  readonly key: string
}

export interface Finding {
  readonly model: string
  readonly language: string
  readonly probe: string
  /** `odd`: it works, but is not as the language has it, or not said in full. */
  readonly verdict: 'ok' | 'odd' | 'not offered' | 'FAILED'
  /** What is to be said beyond the verdict. */
  readonly why: string | undefined
  readonly durationMs: number
}

/** An answer, and what is odd about the way it came. */
interface Heard {
  readonly answer: ChatResponse
  readonly oddities: readonly string[]
}

/** A refusal by its status and the words of its language. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const MOST_MS = 120_000

/** Never throws: whatever goes wrong is what it finds. */
export async function examine(patient: Patient, model: string, language: Language, probe: Probe): Promise<Finding> {
  const begin = performance.now()
  const facts = { model, language: language.format.name, probe: probe.name }
  const found = await askAndJudge(patient, model, language, probe)
  return { ...facts, ...found, durationMs: Math.round(performance.now() - begin) }
}

type Opinion = Pick<Finding, 'verdict' | 'why'>

async function askAndJudge(patient: Patient, model: string, language: Language, probe: Probe): Promise<Opinion> {
  try {
    const { answer, oddities } = await hear(await send(patient, model, language, probe), language)
    const wrong = probe.judge(answer)
    if (wrong !== undefined) return { verdict: 'FAILED', why: wrong }
    const odd = [...oddities, ...oddUsage(answer)]
    return odd.length > 0 ? { verdict: 'odd', why: odd.slice(0, 3).join('; ') } : { verdict: 'ok', why: undefined }
  } catch (thrown) {
    return { verdict: isUnable(thrown, probe) ? 'not offered' : 'FAILED', why: wordsOf(thrown) }
  }
}

/** What a gateway or a model says to what it cannot do; a key that is refused or a model that is not there is something else. */
const UNABLE: ReadonlySet<number> = new Set([400, 405, 415, 422, 501])

/** What a gateway says of a model that only makes embeddings, say. */
const NO_CHAT = /does not offer chat/

const isUnable = (thrown: unknown, { isOptional }: Probe): boolean =>
  thrown instanceof Refusal && UNABLE.has(thrown.status) && (isOptional || NO_CHAT.test(thrown.message))

function wordsOf(thrown: unknown): string {
  if (thrown instanceof Refusal) return `${thrown.status}: ${thrown.message}`
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError') return `no answer within ${MOST_MS / 1000} s`
  const error = asGatewayError(thrown)
  return error.code === 'internal' && thrown instanceof Error ? thrown.message : error.message
}

async function send({ url, key }: Patient, model: string, language: Language, { request }: Probe): Promise<Response> {
  const { format, path, headers, dialect } = language
  const target = { model, baseModel: dialect, capabilities: new Set<never>() }
  const response = await fetch(new URL(path(model, request.stream), url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers(key) },
    body: JSON.stringify(format.encodeRequest(request, target, new Losses())),
    signal: AbortSignal.timeout(MOST_MS),
  })
  if (response.ok) return response
  const text = await response.text()
  throw new Refusal(response.status, format.decodeError(text)?.message ?? text.slice(0, 200))
}

async function hear(response: Response, { format, checkStream }: Language): Promise<Heard> {
  const warnings = response.headers.get('x-sluice-warnings')
  const oddities = warnings === null ? [] : [`warned: ${warnings}`]
  const type = response.headers.get('content-type') ?? ''
  if (!type.startsWith('text/event-stream')) return { answer: format.decodeResponse(await response.json()), oddities }
  const reader = format.createFrames()
  const frames = [...reader.push(new Uint8Array(await response.arrayBuffer())), ...reader.end()]
  const decoder = format.createDecoder()
  const events = [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()]
  const failure = events.find((event) => event.type === 'error')
  if (failure) throw new Refusal(failure.error.status ?? 200, `in the stream: ${failure.error.message}`)
  return { answer: fold(events, format.name), oddities: [...oddities, ...checkStream(frames)] }
}

const oddUsage = ({ usage }: ChatResponse): string[] =>
  usage && usage.input > 0 && usage.output > 0 ? [] : ['it does not say how many tokens it took']
