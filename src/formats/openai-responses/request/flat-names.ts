import type { Tool } from '../../../chat/request.ts'
import { isRecord } from '../../fields/fields.ts'

/**
 * One name for each tool in a namespace: `mcp__docs` and `search` become `mcp__docs__search`, which is how such tools
 * were named before there were namespaces. The same request has the same names, and different tools have different ones.
 */
export class FlatNames {
  readonly #taken: Set<string>
  readonly #names = new Map<string, string>()

  /** `tools`: the tools of the request; the names outside of namespaces are not given to others. */
  constructor(tools: readonly Tool[]) {
    this.#taken = new Set(tools.flatMap(nameOf))
  }

  of(namespace: string | undefined, name: string): string {
    if (namespace === undefined) return name
    const key = JSON.stringify([namespace, name])
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const flat = this.#unused(namespace.endsWith('__') ? namespace + name : `${namespace}__${name}`)
    this.#names.set(key, flat)
    this.#taken.add(flat)
    return flat
  }

  #unused(name: string): string {
    let unused = name
    for (let count = 2; this.#taken.has(unused); count++) unused = `${name}_${count}`
    return unused
  }
}

function nameOf(tool: Tool): string[] {
  if (tool.type === 'function') return [tool.name]
  const name = isRecord(tool.value) && tool.kind === 'custom' ? tool.value['name'] : undefined
  return typeof name === 'string' ? [name] : []
}
