import type { ProviderConfig } from '../providers/config.ts'
import { providerType, providerTypes } from '../providers/index.ts'
import { type TypeSetting, typeSettingNames } from '../providers/settings.ts'
import { type Issue, quote } from './issue.ts'
import { type Mapping, type Path, valueAt } from './source-positions.ts'

/** Checks settings that a provider's type does not have, and runs the type's own checks of its settings. */
export function checkSettings(provider: ProviderConfig, given: Mapping, named: Mapping): Issue[] {
  const type = providerType(provider.type)
  if (!type) return []
  const path = ['providers', provider.name]
  const isGiven = (setting: TypeSetting) => valueAt(given, [...path, setting]) !== undefined
  const unsupported = typeSettingNames.filter((setting) => !type.settings.includes(setting) && isGiven(setting))
  const isWrong = type.settings.some((setting) => isGiven(setting) && provider[setting] === undefined)
  return [
    ...unsupported.map((setting) => ({
      path: [...path, setting],
      atKey: true,
      predicate: unsupportedSetting(setting),
      whole: true,
    })),
    // A setting with an invalid value would also be reported as missing.
    ...(isWrong ? [] : type.problems(provider)).map(({ setting, message }) => ({
      path: setting !== undefined && isGiven(setting) ? [...path, setting] : path,
      atKey: true,
      predicate: message + fileNamedAt(named, [...path, setting ?? '']),
      whole: true,
    })),
  ]
}

/** Names the credentials file if the configuration does. */
function fileNamedAt(named: Mapping, path: Path): string {
  const value = valueAt(named, path)
  return typeof value === 'string' && value.startsWith('file:') ? ` The file is ${quote(value.slice(5))}.` : ''
}

function unsupportedSetting(setting: TypeSetting): string {
  const types = providerTypes.filter((type) => providerType(type)!.settings.includes(setting))
  return `Providers of this type have no \`${setting}\`; allowed: for type ${types.join(', ')}.`
}
