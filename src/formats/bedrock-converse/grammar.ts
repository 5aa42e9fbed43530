import { inputIn } from '../claude/tool-input.ts'
import { isRecord } from '../fields/fields.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { STOP_REASONS } from './finish.ts'

type Wire = Readonly<Record<string, unknown>>

/** Kinds of blocks that are announced, and by that what their deltas hold. */
const ANNOUNCED: ReadonlySet<string> = new Set(['toolUse', 'toolResult', 'image'])
const COUNTS = ['inputTokens', 'outputTokens', 'totalTokens'] as const

/**
 * What is wrong with a stream of Converse's events, empty when nothing is: `messageStart`; blocks one after the other and
 * numbered without gaps, each deltas of one kind and a stop, and a start before them where it is a call, a result or an
 * image; `messageStop` with a reason; `metadata` with usage whose total is its sum; or an exception as the last event.
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
  #broken: string | undefined

  frame({ name = '', data, isError }: Frame): void {
    const event = JSON.parse(data) as Wire
    if (this.#stage === 'over') this.#wrong(`${name} after the end`)
    if (isError) {
      if (typeof event['message'] !== 'string') this.#wrong('an exception without a message')
      this.#stage = 'over'
    } else this.#event(name, event)
  }

  finished(): string[] {
    if (this.#stage !== 'over') this.#wrong('no end')
    return this.#problems
  }

  #event(name: string, event: Wire): void {
    switch (name) {
      case 'messageStart':
        this.#expect('before', name)
        this.#stage = 'blocks'
        if (event['role'] !== 'assistant') this.#wrong('a message of nobody')
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
    if (this.#open) this.#wrong(`block ${String(index)} begins within another`)
    if (index !== this.#blocks) this.#wrong(`block ${String(index)} in place of ${this.#blocks}`)
    this.#blocks++
    return (this.#open = { index, kind, input: '' })
  }

  #start({ contentBlockIndex: index, start }: Wire): void {
    this.#expect('blocks', 'contentBlockStart')
    const [kind = 'nothing'] = isRecord(start) ? Object.keys(start) : []
    this.#begin(index, kind)
    if (!ANNOUNCED.has(kind)) this.#wrong(`a block of ${kind} is announced`)
    if (kind !== 'toolUse' || !isRecord(start)) return
    this.#hasCall = true
    const call = start['toolUse']
    for (const key of ['toolUseId', 'name'])
      if (!isRecord(call) || typeof call[key] !== 'string' || call[key] === '') this.#wrong(`a call without ${key}`)
  }

  #delta({ contentBlockIndex: index, delta }: Wire): void {
    this.#expect('blocks', 'contentBlockDelta')
    const [key = 'nothing'] = isRecord(delta) ? Object.keys(delta) : []
    const kind = key === 'citation' ? 'text' : key
    const open = this.#open?.index === index ? this.#open! : this.#begin(index, undefined)
    if (ANNOUNCED.has(kind) && open.kind !== kind) this.#wrong(`${kind} in a block that did not announce it`)
    open.kind ??= kind
    if (open.kind !== kind) this.#wrong(`${kind} in a block of ${open.kind}`)
    const call = isRecord(delta) ? delta['toolUse'] : undefined
    if (isRecord(call)) open.input += String(call['input'])
  }

  #stop({ contentBlockIndex: index }: Wire): void {
    if (this.#open?.index !== index) this.#wrong(`the end of block ${String(index)}, not open`)
    else if (this.#open!.kind === 'toolUse' && inputIn(this.#open!.input) === undefined)
      this.#broken = `the input of block ${String(index)} is no object`
    this.#open = undefined
  }

  #messageStop({ stopReason: reason }: Wire): void {
    this.#expect('blocks', 'messageStop')
    this.#stage = 'stopped'
    if (this.#open) this.#wrong('messageStop within a block')
    if (!STOP_REASONS.includes(String(reason))) this.#wrong(`no such stop reason: ${String(reason)}`)
    if (reason === 'tool_use' && !this.#hasCall) this.#wrong('ended for a call that is not there')
    if (this.#broken !== undefined && reason !== 'max_tokens') this.#wrong(this.#broken)
  }

  #usage(usage: unknown): void {
    if (!isRecord(usage)) return this.#wrong('metadata without usage')
    for (const key of COUNTS) if (typeof usage[key] !== 'number') this.#wrong(`usage without ${key}`)
    const parts = ['inputTokens', 'outputTokens', 'cacheReadInputTokens', 'cacheWriteInputTokens']
    const sum = parts.reduce((total, key) => total + Number(usage[key] ?? 0), 0)
    if (usage['totalTokens'] !== sum) this.#wrong(`a total of ${String(usage['totalTokens'])} in place of ${sum}`)
  }

  #expect(stage: 'before' | 'blocks' | 'stopped', name: string): void {
    if (this.#stage !== stage && this.#stage !== 'over') this.#wrong(`${name} at the wrong place`)
  }

  #wrong(what: string): void {
    this.#problems.push(what)
  }
}
