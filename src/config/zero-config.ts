// The configuration without a file: the providers whose keys are in the environment, and two simulated models.
import { typesWithKeys } from '../providers/index.ts'
import type { Environment } from './substitute.ts'

/** A simulated model and the URLs of its servers. */
export interface SimulatedModel {
  readonly name: string
  readonly urls: readonly string[]
}

/**
 * The configuration as text (JSON is YAML), so that it is read, checked and shown like any other. Keys are referenced by
 * their variables, not copied. Models of every provider are available as `provider/model`, and by their own name if it
 * identifies the provider.
 */
export function zeroConfig(environment: Environment, simulated: readonly SimulatedModel[]): string {
  const hosted = typesWithKeys(environment)
  const providers = [
    ...hosted.map(({ type, variable }) => [type.name, { apiKey: `\${${variable}}` }] as const),
    ...simulated.map(({ name, urls }) => [name, { type: 'vllm', endpoints: urls }] as const),
  ]
  const models = [
    ...simulated.map(({ name }) => [name, `${name}/${name}`] as const),
    ...hosted.flatMap(({ type }) => type.modelPatterns.map((pattern) => [pattern, `${type.name}/${pattern}`] as const)),
    ...hosted.map(({ type }) => [`${type.name}/*`, `${type.name}/*`] as const),
  ]
  return JSON.stringify(
    {
      providers: Object.fromEntries(providers),
      models: Object.fromEntries(models),
      routes: routesFor(simulated.map(({ name }) => name)),
    },
    null,
    2,
  )
}

function routesFor([small, large]: readonly string[]): object {
  if (small === undefined || large === undefined) return {}
  return { '/v1/1b': small, '/v1/3b': large, '/v1/ab-test': { split: { [small]: 70, [large]: 30 }, sticky: 'user' } }
}
