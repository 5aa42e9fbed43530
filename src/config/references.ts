// Checks references between sections: names that must exist, and names that must differ.
import { normalisePrefix } from '../schema/path-prefix.ts'
import type { Issue } from './issue.ts'
import { checkSettings } from './provider-settings.ts'
import { checkFallbacks } from './fallback-references.ts'
import { type Mapping, type Path, isMapping, valueAt } from './source-positions.ts'
import type { Config } from './schema.ts'

type Model = Config['models'][number]
type Provider = Config['providers'][number]
type Route = Config['routes'][number]

/**
 * Checks names and combinations in the valid part of a configuration. `given` is the content of the file, valid or not: a
 * setting with an invalid value is not missing. `hasDefaultUrl` tests a provider type. `named` is `given` with the names of
 * secret files instead of their content.
 */
export function checkReferences(
  config: Config,
  given: Mapping,
  hasDefaultUrl: (type: string) => boolean,
  named: Mapping,
): Issue[] {
  const providers = namesIn(given, 'providers')
  const models = knownModels(given)
  const written = Map.groupBy(namesIn(given, 'routes') ?? [], normalisePrefix)
  return [
    ...config.providers.flatMap((provider) => [
      ...checkProvider(provider, given, hasDefaultUrl),
      ...checkSettings(provider, given, named),
    ]),
    ...config.models.flatMap((model) => checkTargets(model, providers)),
    ...checkFallbacks(config, given, (path, name) => unknownModel(path, name, models)),
    ...checkAliases(config.models, models.names),
    ...[...written.values()].flatMap(checkPrefix),
    ...config.routes.flatMap((route) => checkRoute(route, models, written.get(route.path)?.shift() ?? route.path)),
  ]
}

/** The names in a section, valid or not; undefined if the section is not a mapping. */
function namesIn(given: Mapping, section: string): Set<string> | undefined {
  const entries = given[section] ?? {}
  return isMapping(entries) ? new Set(Object.keys(entries)) : undefined
}

function checkProvider(provider: Provider, given: Mapping, hasDefaultUrl: (type: string) => boolean): Issue[] {
  const path: Path = ['providers', provider.name]
  const isGiven = (key: string) => valueAt(given, [...path, key]) !== undefined
  const seen = new Set<string>()
  const duplicates = provider.endpoints.flatMap(({ url }, index): Issue[] =>
    seen.size < seen.add(url).size
      ? []
      : [
          {
            path: [...path, 'endpoints', index],
            predicate: 'is listed twice; allowed: once, with a `weight`',
          },
        ],
  )
  if (isGiven('baseUrl') && isGiven('endpoints'))
    return [
      ...duplicates,
      {
        path: [...path, 'endpoints'],
        predicate: 'Both `baseUrl` and `endpoints` are given; allowed: one of them.',
        whole: true,
      },
    ]
  if (isGiven('baseUrl') || isGiven('endpoints') || hasDefaultUrl(provider.type)) return duplicates
  const predicate = 'A provider of this type has no default URL; allowed: `baseUrl` or `endpoints`.'
  return [{ path, atKey: true, predicate, whole: true }]
}

function checkTargets(model: Model, providers: ReadonlySet<string> | undefined): Issue[] {
  return model.targets.flatMap((target, index): Issue[] => {
    const path: Path = ['models', model.name, 'targets', index]
    if (providers && !providers.has(target.provider))
      return [
        {
          path: [...path, 'provider'],
          input: target.provider,
          words: providers,
          predicate: `is not a provider; allowed: ${list(providers)}`,
        },
      ]
    if (!target.model.includes('*') || model.name.includes('*')) return []
    return [
      {
        path: [...path, 'model'],
        input: target.model,
        predicate: 'contains a * and the name of the model does not; allowed: a full name, or a * in both names',
      },
    ]
  })
}

interface Models {
  readonly names: ReadonlySet<string>
  /** Whether it is a name, an alias, or matches a wildcard. */
  readonly has: (name: string) => boolean
}

function knownModels(given: Mapping): Models {
  const names = namesIn(given, 'models')
  const aliases = [...(names ?? [])].flatMap((name) => valueAt(given, ['models', name, 'aliases']) ?? [])
  const words = new Set([...(names ?? []), ...aliases.filter((alias) => typeof alias === 'string')])
  const wildcards = [...words].filter((name) => name.includes('*')).map((name) => name.split('*') as [string, string])
  const matches = (name: string) =>
    wildcards.some(
      ([head, tail]) => name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail),
    )
  return { names: names ?? new Set(), has: (name) => names === undefined || words.has(name) || matches(name) }
}

function unknownModel(path: Path, name: string, known: Models, atKey = false): Issue[] {
  if (name.includes('*'))
    return [{ path, atKey, input: name, predicate: 'is a wildcard; allowed: one name that it matches' }]
  if (known.has(name)) return []
  return [{ path, atKey, input: name, words: known.names, predicate: `is not a model; allowed: ${list(known.names)}` }]
}

function checkAliases(models: readonly Model[], names: ReadonlySet<string>): Issue[] {
  const owners = new Map<string, string>()
  return models.flatMap((model) =>
    model.aliases.flatMap((alias, index): Issue[] => {
      const path: Path = ['models', model.name, 'aliases', index]
      if (model.targets.some((target) => target.model.includes('*')))
        return [
          {
            path,
            predicate:
              'is an alias of a model whose target contains a *; allowed: aliases of models without a wildcard',
          },
        ]
      if (names.has(alias)) return [{ path, predicate: 'is already the name of a model; allowed: an unused name' }]
      const owner = owners.get(alias)
      owners.set(alias, model.name)
      return owner === undefined ? [] : [{ path, predicate: 'is already an alias; allowed: an unused name' }]
    }),
  )
}

function checkRoute(route: Route, known: Models, written: string): Issue[] {
  if (route.type === 'model') return unknownModel(['routes', written, 'model'], route.model, known)
  return route.arms.flatMap(({ model }) => unknownModel(['routes', written, 'split', model], model, known, true))
}

const checkPrefix = (written: readonly string[]): Issue[] =>
  written.slice(1).map((path) => ({
    path: ['routes', path],
    atKey: true,
    predicate: 'is already a route, apart from a slash at the end; allowed: each route once',
  }))

const MOST_LISTED = 12

function list(words: ReadonlySet<string>): string {
  if (words.size === 0) return 'none (none are configured)'
  const shown = [...words].slice(0, MOST_LISTED).join(', ')
  return words.size > MOST_LISTED ? `${shown} and ${words.size - MOST_LISTED} more` : shown
}
