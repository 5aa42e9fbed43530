import { providerType } from '../providers/index.ts'
import type { Overridden } from './overrides.ts'
import { isMapping, plainPosition, withPosition } from './source-positions.ts'
import type { Environment } from './substitute.ts'

/** Adds the credentials file that a provider's type finds in its default locations, for providers without file and key. */
export function withCredentialFiles(given: Overridden, environment: Environment): Overridden {
  const { providers } = given.value
  if (!isMapping(providers)) return given
  let current = given
  for (const [name, fields] of Object.entries(providers)) {
    const settings = isMapping(fields) ? fields : {}
    const file = providerType(String(settings['type'] ?? name))?.findCredentials(environment)
    if (file === undefined || 'credentials' in settings || 'apiKey' in settings) continue
    current = withSetting(current, name, { ...settings, credentials: `file:${file}` })
  }
  return current
}

function withSetting({ value, root }: Overridden, name: string, settings: object): Overridden {
  const place = { ...plainPosition(root.start), inFile: false }
  return {
    value: { ...value, providers: { ...(value['providers'] as object), [name]: settings } },
    root: withPosition(root, ['providers', name, 'credentials'], place),
  }
}
