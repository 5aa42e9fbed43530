import type { RouteConfig } from './config.ts'
import type { Route } from './table.ts'

/** Compiles the `routes` section. */
export const compileRoutes = (section: readonly RouteConfig[]): Route[] => section.map(compileRoute)

const compileRoute = (config: RouteConfig): Route =>
  config.type === 'model'
    ? { type: 'model', path: config.path, model: config.model, onDisconnect: config.onDisconnect }
    : {
        type: 'split',
        path: config.path,
        onDisconnect: config.onDisconnect,
        split: { name: config.path, arms: config.arms, sticky: config.sticky, salt: config.salt },
      }
