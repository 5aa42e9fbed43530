// A script: what the simulated model says and which tools it calls, turn by turn, instead of what it would generate.
import { type Fields, isFields } from '../wire/fields.ts'

export interface ScriptCall {
  /** The name of an offered tool; `*` stands for any characters. */
  readonly name: string
  /** An object, or the text itself where the arguments must not be valid JSON. */
  readonly arguments: Fields | string
  /** The id of the call; default: one that the server has not used before. */
  readonly id?: string
}

export interface ScriptTurn {
  readonly reasoning?: string
  readonly text?: string
  readonly calls?: readonly ScriptCall[]
}

export interface Script {
  /** The script begins at the last user message that contains this text. */
  readonly when: string
  /** One for each response that follows. After the last one the model responds as usual. */
  readonly turns: readonly ScriptTurn[]
}

/** Reads the JSON of a script file: one script or a list. Throws an Error that names the place. */
export function readScripts(value: unknown): readonly Script[] {
  return (Array.isArray(value) ? value : [value]).map((script, at) => readScript(script, `script[${at}]`))
}

function readScript(value: unknown, place: string): Script {
  const { when, turns } = isFields(value) ? value : {}
  if (typeof when !== 'string' || when === '') throw new Error(`${place}.when must be a text that is not empty.`)
  if (!Array.isArray(turns) || turns.length === 0) throw new Error(`${place}.turns must be a list that is not empty.`)
  return { when, turns: turns.map((turn, at) => readTurn(turn, `${place}.turns[${at}]`)) }
}

function readTurn(value: unknown, place: string): ScriptTurn {
  const { reasoning, text, calls = [] } = isFields(value) ? value : {}
  for (const given of [reasoning, text])
    if (given !== undefined && typeof given !== 'string') throw new Error(`${place}: reasoning and text must be texts.`)
  if (!Array.isArray(calls)) throw new Error(`${place}.calls must be a list.`)
  if (calls.length === 0 && !reasoning && !text) throw new Error(`${place} needs reasoning, text or calls.`)
  return {
    ...(typeof reasoning === 'string' && { reasoning }),
    ...(typeof text === 'string' && { text }),
    calls: calls.map((call, at) => readCall(call, `${place}.calls[${at}]`)),
  }
}

function readCall(value: unknown, place: string): ScriptCall {
  const { name, arguments: given = {}, id } = isFields(value) ? value : {}
  if (typeof name !== 'string' || name === '') throw new Error(`${place}.name must be a text that is not empty.`)
  if (!isFields(given) && typeof given !== 'string') throw new Error(`${place}.arguments must be an object or a text.`)
  if (id !== undefined && typeof id !== 'string') throw new Error(`${place}.id must be a text.`)
  return { name, arguments: given, ...(id !== undefined && { id }) }
}
