// Assembles the snapshot that calls run on from what each section compiles to.
import { compileAccess } from '../access/config.ts'
import type { MasterKey } from '../access/master-key.ts'
import { compileServer } from '../http/config.ts'
import type { Snapshot } from '../pipeline/call/snapshot.ts'
import { Authorizations } from '../providers/authorizations.ts'
import { secretsOf } from '../providers/secrets-of.ts'
import { compileModels, compilePassthroughs } from '../routing/compile-models.ts'
import { compileProviders } from '../routing/compile-providers.ts'
import { compileRoutes } from '../routing/compile-routes.ts'
import { compileSettings, type RoutingState } from '../routing/routing-settings.ts'
import { RoutingTable } from '../routing/table.ts'
import { SecretFilter } from '../schema/secret-filter.ts'
import { compileResponses } from '../state/config.ts'
import { compileLog } from '../telemetry/config.ts'
import { atOnce, type Steps } from '../schema/steps.ts'
import { readEnvironment } from './environment.ts'
import type { Config } from './schema.ts'
import type { Environment } from './substitute.ts'

export interface CompileParts extends RoutingState {
  /** For configurations that name no key. */
  readonly masterKey: MasterKey
  readonly version: number
  /** Kept from one configuration to the next. */
  readonly authorizations?: Authorizations
  readonly environment?: Environment
}

/**
 * Builds everything that a call looks up, once. Nothing that runs changes: `applySettings` changes the endpoints and pools
 * when the snapshot replaces the one before.
 */
export const compile = (config: Config, parts: CompileParts): Snapshot => atOnce(compileSteps(config, parts))

/** As `compile`, in steps: one for each provider and each model. */
export function* compileSteps(config: Config, parts: CompileParts): Steps<Snapshot> {
  const { registry, pools, authorizations = new Authorizations(), environment = readEnvironment() } = parts
  const { server, access, log, requests, responses } = config
  const providers = yield* compileProviders(config.providers, { registry, authorizations, environment })
  const defaults = { fallbacks: requests.fallbacks, keepAliveMs: server.keepAliveMs }
  const models = yield* compileModels(config.models, { providers, registry, pools, defaults })
  const passthroughs = compilePassthroughs(config.providers, { providers, registry, pools, defaults })
  yield
  const modelOf = ({ model }: (typeof models)[number]) => model
  return {
    version: parts.version,
    ...compileServer(server),
    ...compileAccess(access, parts),
    ...compileLog(log),
    ...compileResponses(responses),
    maxAttempts: requests.maxAttempts,
    table: new RoutingTable(models.map(modelOf), compileRoutes(config.routes), passthroughs.map(modelOf)),
    secrets: new SecretFilter([access.masterKey ?? '', ...config.providers.flatMap(secretsOf)]),
    settings: compileSettings(providers, [...models, ...passthroughs]),
  }
}
