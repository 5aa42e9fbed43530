// The whole file, made of each part's own section.
import { z } from 'zod'
import { accessSchema } from '../access/config.ts'
import { serverSchema } from '../http/config.ts'
import { providersSchema } from '../providers/config.ts'
import { requestsSchema, modelsSchema, routesSchema } from '../routing/config.ts'
import { responsesSchema } from '../state/config.ts'
import { logSchema } from '../telemetry/config.ts'

/** The schema of a configuration file, for the provider types that exist. */
export function configSchema(providerTypes: readonly string[]) {
  return z.strictObject({
    server: serverSchema,
    access: accessSchema,
    log: logSchema,
    requests: requestsSchema,
    responses: responsesSchema,
    providers: providersSchema(providerTypes),
    models: modelsSchema,
    routes: routesSchema,
  })
}

/** A validated configuration with its defaults filled: plain data, nothing optional. */
export type Config = z.output<ReturnType<typeof configSchema>>
