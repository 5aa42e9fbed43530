import { anthropic } from './anthropic.ts'
import { azure } from './azure/index.ts'
import { bedrock, bedrockClaude } from './bedrock/index.ts'
import { cohere } from './cohere.ts'
import { gemini } from './gemini.ts'
import { ollamaNative } from './ollama-native.ts'
import { openaiCompatibleTypes } from './openai-compatible.ts'
import type { ProviderType } from './provider.ts'
import { vertex } from './vertex/index.ts'

const TYPES: ReadonlyMap<string, ProviderType> = new Map(
  [...openaiCompatibleTypes, azure, anthropic, gemini, vertex, bedrock, bedrockClaude, cohere, ollamaNative].map(
    (type) => [type.name, type],
  ),
)

export const providerTypes: readonly string[] = [...TYPES.keys()]

export const providerType = (name: string): ProviderType | undefined => TYPES.get(name)

/** True when a provider of this type needs no URL in the configuration. */
export const hasDefaultUrl = (name: string): boolean => TYPES.get(name)?.defaultUrl !== undefined

/** The environment variables that this provider type uses for authorization, with their values. */
export const environmentOf = (
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (TYPES.get(name)?.variables ?? []).flatMap((variable) => {
      const value = environment[variable]?.trim() // as in a file: a line break at the end is not part of a key
      return value ? [[variable, value]] : []
    }),
  )

/** The hosted types whose key is in the environment, with the variable that contains it. */
export const typesWithKeys = (environment: Readonly<Record<string, string | undefined>>) =>
  [...TYPES.values()].flatMap((type) => {
    const variable = type.keyVariables.find((name) => environment[name])
    return variable !== undefined && type.defaultUrl !== undefined ? [{ type, variable }] : []
  })
