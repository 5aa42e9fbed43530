// Checks the lists of fallbacks.
import { fallbackKinds } from '../routing/fallbacks.ts'
import type { FallbacksConfig } from '../routing/fallbacks-config.ts'
import type { Issue } from './issue.ts'
import { type Mapping, type Path, valueAt } from './source-positions.ts'
import type { Config } from './schema.ts'

/** Returns an issue if a name at a path is not a model. */
type Unknown = (path: Path, name: string) => Issue[]

/**
 * Finds names that are not a model, a model that names itself, and a model that is listed twice. Loops are impossible: only
 * the lists of the requested model apply, and no model is tried twice.
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

/** The lists with their paths in the file: a list can be written without its kind. */
function listsOf(fallbacks: FallbacksConfig, path: Path, given: Mapping): List[] {
  const isShort = Array.isArray(valueAt(given, path))
  return fallbackKinds.map((kind) => ({ path: isShort ? path : [...path, kind], names: fallbacks[kind] ?? [] }))
}

function checkList({ path, names }: List, idOf: (name: string) => string, unknown: Unknown, own?: string): Issue[] {
  const seen = new Set<string>()
  return names.flatMap((name, index): Issue[] => {
    const at: Path = [...path, index]
    if (idOf(name) === own) return [{ path: at, predicate: 'is this model itself; allowed: another model' }]
    if (seen.size === seen.add(idOf(name)).size)
      return [{ path: at, predicate: 'is already in this list, by this name or an alias; allowed: each model once' }]
    return unknown(at, name)
  })
}
