// Sends one probe to one model in one API format, and judges the response as a client would see it.
import { fold } from '../chat/fold.ts'
import type { ChatResponse } from '../chat/response.ts'
import { asGatewayError } from '../errors.ts'
import { Losses } from '../formats/translation/losses.ts'
import type { ClientFormat } from './client-formats.ts'
import type { Probe } from './probe.ts'

/** A running gateway, and a key that it accepts. */
export interface GatewayUnderTest {
  readonly url: string
  readonly key: string
}

export interface Finding {
  readonly model: string
  readonly format: string
  readonly probe: string
  /** `odd`: it works, but a parameter was removed, the stream violates the format, or usage is missing. */
  readonly verdict: 'ok' | 'odd' | 'not offered' | 'FAILED'
  /** The reason of a verdict that is not `ok`. */
  readonly why: string | undefined
  readonly durationMs: number
}

/** A decoded response, and the reasons why it is odd. */
interface ReceivedResponse {
  readonly answer: ChatResponse
  readonly oddities: readonly string[]
}

/** The gateway's error response: its status and its message. */
class Rejection extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const TIMEOUT_MS = 120_000

/** Never throws: an error becomes a finding. */
export async function examine(
  gateway: GatewayUnderTest,
  model: string,
  clientFormat: ClientFormat,
  probe: Probe,
): Promise<Finding> {
  const begin = performance.now()
  const facts = { model, format: clientFormat.format.name, probe: probe.name }
  const found = await sendAndJudge(gateway, model, clientFormat, probe)
  return { ...facts, ...found, durationMs: Math.round(performance.now() - begin) }
}

type Verdict = Pick<Finding, 'verdict' | 'why'>

async function sendAndJudge(
  gateway: GatewayUnderTest,
  model: string,
  clientFormat: ClientFormat,
  probe: Probe,
): Promise<Verdict> {
  try {
    const { answer, oddities } = await readResponse(await send(gateway, model, clientFormat, probe), clientFormat)
    const wrong = probe.judge(answer)
    if (wrong !== undefined) return { verdict: 'FAILED', why: wrong }
    const odd = [...oddities, ...missingUsage(answer)]
    return odd.length > 0 ? { verdict: 'odd', why: odd.slice(0, 3).join('; ') } : { verdict: 'ok', why: undefined }
  } catch (thrown) {
    return { verdict: isNotOffered(thrown, probe) ? 'not offered' : 'FAILED', why: describeError(thrown) }
  }
}

/** Statuses for an unsupported request. A rejected key (401, 403) or an unknown model (404) is a failure. */
const NOT_OFFERED: ReadonlySet<number> = new Set([400, 405, 415, 422, 501])

/** The gateway's message for a model without chat, such as an embedding model. */
const NO_CHAT = /does not offer chat/

const isNotOffered = (thrown: unknown, { isOptional }: Probe): boolean =>
  thrown instanceof Rejection && NOT_OFFERED.has(thrown.status) && (isOptional || NO_CHAT.test(thrown.message))

function describeError(thrown: unknown): string {
  if (thrown instanceof Rejection) return `${thrown.status}: ${thrown.message}`
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError')
    return `no response within ${TIMEOUT_MS / 1000} s`
  const error = asGatewayError(thrown)
  return error.code === 'internal' && thrown instanceof Error ? thrown.message : error.message
}

async function send(
  { url, key }: GatewayUnderTest,
  model: string,
  clientFormat: ClientFormat,
  { request }: Probe,
): Promise<Response> {
  const { format, path, headers, baseModel } = clientFormat
  const target = { model, baseModel, capabilities: new Set<never>() }
  const response = await fetch(new URL(path(model, request.stream), url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers(key) },
    body: JSON.stringify(format.encodeRequest(request, target, new Losses())),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (response.ok) return response
  const text = await response.text()
  throw new Rejection(response.status, format.decodeError(text)?.message ?? text.slice(0, 200))
}

async function readResponse(response: Response, { format, checkStream }: ClientFormat): Promise<ReceivedResponse> {
  const warnings = response.headers.get('x-sluice-warnings')
  const oddities = warnings === null ? [] : [`warned: ${warnings}`]
  const type = response.headers.get('content-type') ?? ''
  if (!type.startsWith('text/event-stream')) return { answer: format.decodeResponse(await response.json()), oddities }
  const reader = format.createFrames()
  const frames = [...reader.push(new Uint8Array(await response.arrayBuffer())), ...reader.end()]
  const decoder = format.createDecoder()
  const events = [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()]
  const failure = events.find((event) => event.type === 'error')
  if (failure) throw new Rejection(failure.error.status ?? 200, `in the stream: ${failure.error.message}`)
  return { answer: fold(events, format.name), oddities: [...oddities, ...checkStream(frames)] }
}

const missingUsage = ({ usage }: ChatResponse): string[] =>
  usage && usage.input > 0 && usage.output > 0 ? [] : ['the response does not report its tokens']
