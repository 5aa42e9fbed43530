import { GatewayError } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'

type Node = Record<string, unknown> | unknown[]

/** Real paths have fewer steps. */
const MAX_STEPS = 64
const STEP = /\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/gy

/**
 * Collects arguments that are streamed in pieces (`streamFunctionCallArguments` on Vertex): values at JSON paths, with
 * strings split over several pieces.
 * Source: https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
 * Throws GatewayError `upstream_malformed` for an invalid path.
 */
export class PartialArguments {
  readonly #root: Record<string, unknown> = Object.create(null) as Record<string, unknown>

  /** Adds complete `args`, as other calls have them. */
  merge(args: unknown): void {
    if (isRecord(args)) Object.assign(this.#root, args)
  }

  /** Adds an entry of `partialArgs`. */
  push(piece: unknown): void {
    if (!isRecord(piece)) throw malformed('an entry is not an object')
    const steps = stepsOf(piece['jsonPath'])
    const last = steps.pop()
    if (last === undefined) throw malformed('the path of an entry is empty')
    const parent = steps.reduce<Node>((at, step, index) => childOf(at, step, steps[index + 1] ?? last), this.#root)
    const before = read(parent, last)
    const value = valueOf(piece)
    write(parent, last, typeof before === 'string' && typeof value === 'string' ? before + value : value)
  }

  toString(): string {
    return JSON.stringify(this.#root)
  }
}

function valueOf(piece: Record<string, unknown>): unknown {
  if ('nullValue' in piece) return null
  return piece['stringValue'] ?? piece['numberValue'] ?? piece['boolValue'] ?? ''
}

function stepsOf(path: unknown): (string | number)[] {
  if (typeof path !== 'string' || !path.startsWith('$')) throw malformed('an entry has no path')
  const steps: (string | number)[] = []
  STEP.lastIndex = 1
  while (STEP.lastIndex < path.length && steps.length < MAX_STEPS) {
    const [found, name, position, single, double] = STEP.exec(path) ?? []
    if (found === undefined) throw malformed(`the path ${path.slice(0, 100)} is invalid`)
    steps.push(position === undefined ? (name ?? single ?? double)! : Number(position))
  }
  return steps
}

/** The object or list at a step. If it is absent, it is created: a list if the next step is a number. */
function childOf(parent: Node, step: string | number, next: string | number): Node {
  const child = read(parent, step)
  if (isRecord(child) || Array.isArray(child)) return child as Node
  const created: Node = typeof next === 'number' ? [] : (Object.create(null) as Record<string, unknown>)
  write(parent, step, created)
  return created
}

function read(node: Node, step: string | number): unknown {
  if (Array.isArray(node)) return typeof step === 'number' ? node[step] : undefined
  return Object.hasOwn(node, step) ? node[step] : undefined
}

/** A list grows by at most one item, because a huge index would exhaust the memory. */
function write(node: Node, step: string | number, value: unknown): void {
  if (!Array.isArray(node))
    Object.defineProperty(node, step, { value, writable: true, enumerable: true, configurable: true })
  else if (typeof step === 'number' && step <= node.length) node[step] = value
  else throw malformed('a list index is out of range')
}

const malformed = (what: string): GatewayError =>
  new GatewayError('upstream_malformed', `The upstream sent invalid partial arguments of a tool call: ${what}.`)
