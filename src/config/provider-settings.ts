import type { ProviderConfig } from '../providers/config.ts'
import { providerType, providerTypes } from '../providers/index.ts'
import { type TypeSetting, typeSettingNames } from '../providers/settings.ts'
import type { Complaint } from './complaint.ts'
import { type Mapping, valueAt } from './places.ts'

/** Complaints about settings that a provider's type does not have, and about what its type finds wrong with those it has. */
export function checkSettings(provider: ProviderConfig, given: Mapping): Complaint[] {
  const type = providerType(provider.type)
  if (!type) return []
  const path = ['providers', provider.name]
  const strange = typeSettingNames.filter(
    (setting) => !type.settings.includes(setting) && valueAt(given, [...path, setting]) !== undefined,
  )
  const isThere = (setting: TypeSetting | undefined): setting is TypeSetting =>
    setting !== undefined && valueAt(given, [...path, setting]) !== undefined
  return [
    ...strange.map((setting) => ({ path: [...path, setting], atKey: true, predicate: notHere(setting), whole: true })),
    ...type.problems(provider).map(({ setting, message }) => ({
      path: isThere(setting) ? [...path, setting] : path,
      atKey: true,
      predicate: message,
      whole: true,
    })),
  ]
}

function notHere(setting: TypeSetting): string {
  const types = providerTypes.filter((type) => providerType(type)!.settings.includes(setting))
  return `Providers of this type have no \`${setting}\`; allowed: for type ${types.join(', ')}.`
}
