// What the lists of fallbacks say of the models: who is there, and who is asked for nothing.
import { fallbackKinds } from '../routing/fallbacks.ts'
import type { FallbacksConfig } from '../routing/fallbacks-config.ts'
import type { Issue } from './issue.ts'
import { type Mapping, type Path, valueAt } from './source-positions.ts'
import type { Config } from './schema.ts'

/** Says what is wrong with a name at a path, if it is no model. */
type Unknown = (path: Path, name: string) => Issue[]

/**
 * Complaints about fallbacks: names of no model, a model that names itself, and a model that stands in a list twice. No list
 * can go in circles, whatever it names: only that of the model which was asked for counts, and a call asks no model twice.
 */
export function checkFallbacks({ models, requests }: Config, given: Mapping, unknown: Unknown): Issue[] {
  const owners = new Map(models.flatMap((model) => [model.name, ...model.aliases].map((name) => [name, model.name])))
  const idOf = (name: string) => owners.get(name) ?? name
  return [
    ...listsOf(requests.fallbacks, ['requests', 'fallbacks'], given).flatMap((list) => checkList(list, idOf, unknown)),
    ...models.flatMap((model) =>
      listsOf(model.fallbacks, ['models', model.name, 'fallbacks'], given).flatMap((list) =>
        checkList(list, idOf, unknown, model.name),
      ),
    ),
  ]
}

interface List {
  readonly path: Path
  readonly names: readonly string[]
}

/** Where they stand in the file: a list may be written without the name of its kind. */
function listsOf(fallbacks: FallbacksConfig, path: Path, given: Mapping): List[] {
  const isShort = Array.isArray(valueAt(given, path))
  return fallbackKinds.map((kind) => ({ path: isShort ? path : [...path, kind], names: fallbacks[kind] ?? [] }))
}

function checkList({ path, names }: List, idOf: (name: string) => string, unknown: Unknown, own?: string): Issue[] {
  const seen = new Set<string>()
  return names.flatMap((name, index): Issue[] => {
    const at: Path = [...path, index]
    if (idOf(name) === own) return [{ path: at, predicate: 'is this model itself; allowed: another one' }]
    if (seen.size === seen.add(idOf(name)).size)
      return [{ path: at, predicate: 'is in this list already, by this name or another; allowed: once' }]
    return unknown(at, name)
  })
}
