import { parseToolInput } from '../translation/tool-input.ts'
import { isRecord } from '../fields/fields.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { STOP_REASONS } from './response/finish.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

/** Kinds of blocks that have a start event, which determines the kind of their deltas. */
const KINDS_WITH_START: ReadonlySet<string> = new Set(['toolUse', 'toolResult', 'image'])
const COUNTS = ['inputTokens', 'outputTokens', 'totalTokens'] as const

/**
 * Checks a stream of Converse events and returns its problems; an empty list: it is valid. A valid stream is
 * `messageStart`; blocks one after the other, numbered without gaps, each with deltas of one kind and a stop, and a
 * start if it is a tool call, a tool result or an image; `messageStop` with a reason; `metadata` with usage whose total
 * is the sum. An exception can be the last event.
 */
export function checkStream(frames: readonly Frame[]): string[] {
  const check = new Check()
  for (const frame of frames) check.frame(frame)
  return check.finished()
}

interface Open {
  readonly index: unknown
  kind: string | undefined
  input: string
}

class Check {
  readonly #problems: string[] = []
  #stage: 'before' | 'blocks' | 'stopped' | 'over' = 'before'
  #blocks = 0
  #open: Open | undefined
  #hasCall = false
  #inputProblem: string | undefined

  frame({ name = '', data, isError }: Frame): void {
    const event = JSON.parse(data) as JsonObject
    if (this.#stage === 'over') this.#report(`${name} after the end of the stream`)
    if (isError) {
      if (typeof event['message'] !== 'string') this.#report('exception has no message')
      this.#stage = 'over'
    } else this.#event(name, event)
  }

  finished(): string[] {
    if (this.#stage !== 'over') this.#report('the stream has no metadata')
    return this.#problems
  }

  #event(name: string, event: JsonObject): void {
    switch (name) {
      case 'messageStart':
        this.#expect('before', name)
        this.#stage = 'blocks'
        if (event['role'] !== 'assistant') this.#report('messageStart has no role or the wrong role')
        return
      case 'contentBlockStart':
        return this.#start(event)
      case 'contentBlockDelta':
        return this.#delta(event)
      case 'contentBlockStop':
        return this.#stop(event)
      case 'messageStop':
        return this.#messageStop(event)
      case 'metadata':
        this.#expect('stopped', name)
        this.#stage = 'over'
        return this.#usage(event['usage'])
    }
  }

  #begin(index: unknown, kind: string | undefined): Open {
    if (this.#open) this.#report(`block ${String(index)} starts inside another block`)
    if (index !== this.#blocks) this.#report(`block ${String(index)} instead of block ${this.#blocks}`)
    this.#blocks++
    return (this.#open = { index, kind, input: '' })
  }

  #start({ contentBlockIndex: index, start }: JsonObject): void {
    this.#expect('blocks', 'contentBlockStart')
    const [kind = 'nothing'] = isRecord(start) ? Object.keys(start) : []
    this.#begin(index, kind)
    if (!KINDS_WITH_START.has(kind)) this.#report(`a ${kind} block has a start event`)
    if (kind !== 'toolUse' || !isRecord(start)) return
    this.#hasCall = true
    const call = start['toolUse']
    for (const key of ['toolUseId', 'name'])
      if (!isRecord(call) || typeof call[key] !== 'string' || call[key] === '') this.#report(`toolUse has no ${key}`)
  }

  #delta({ contentBlockIndex: index, delta }: JsonObject): void {
    this.#expect('blocks', 'contentBlockDelta')
    const [key = 'nothing'] = isRecord(delta) ? Object.keys(delta) : []
    const kind = key === 'citation' ? 'text' : key
    const open = this.#open?.index === index ? this.#open! : this.#begin(index, undefined)
    if (KINDS_WITH_START.has(kind) && open.kind !== kind)
      this.#report(`${kind} delta in a block without a ${kind} start`)
    open.kind ??= kind
    if (open.kind !== kind) this.#report(`${kind} in a ${open.kind} block`)
    const call = isRecord(delta) ? delta['toolUse'] : undefined
    if (isRecord(call)) open.input += String(call['input'])
  }

  #stop({ contentBlockIndex: index }: JsonObject): void {
    if (this.#open?.index !== index) this.#report(`stop of block ${String(index)}, which is not open`)
    else if (this.#open!.kind === 'toolUse' && parseToolInput(this.#open!.input) === undefined)
      this.#inputProblem = `the input of block ${String(index)} is not a JSON object`
    this.#open = undefined
  }

  #messageStop({ stopReason: reason }: JsonObject): void {
    this.#expect('blocks', 'messageStop')
    this.#stage = 'stopped'
    if (this.#open) this.#report('messageStop inside a block')
    if (!STOP_REASONS.includes(String(reason))) this.#report(`unknown stop reason: ${String(reason)}`)
    if (reason === 'tool_use' && !this.#hasCall) this.#report('the stop reason is tool_use, but there is no tool call')
    if (this.#inputProblem !== undefined && reason !== 'max_tokens') this.#report(this.#inputProblem)
  }

  #usage(usage: unknown): void {
    if (!isRecord(usage)) return this.#report('metadata has no usage')
    for (const key of COUNTS) if (typeof usage[key] !== 'number') this.#report(`usage has no ${key}`)
    const parts = ['inputTokens', 'outputTokens', 'cacheReadInputTokens', 'cacheWriteInputTokens']
    const sum = parts.reduce((total, key) => total + Number(usage[key] ?? 0), 0)
    if (usage['totalTokens'] !== sum) this.#report(`totalTokens is ${String(usage['totalTokens'])} instead of ${sum}`)
  }

  #expect(stage: 'before' | 'blocks' | 'stopped', name: string): void {
    if (this.#stage !== stage && this.#stage !== 'over') this.#report(`${name} in the wrong place`)
  }

  #report(what: string): void {
    this.#problems.push(what)
  }
}
