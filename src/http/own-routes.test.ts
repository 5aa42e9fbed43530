import { expect, test } from 'bun:test'
import { RESERVED_PREFIXES } from '../schema/reserved-paths.ts'
import { type AdminOperator, adminRoutes } from './admin.ts'
import { healthRoutes, metricsRoutes } from './own-routes.ts'

const operator = {} as AdminOperator // building the routes calls nothing of it

test("each of Sluice's own pages is below a reserved prefix, and each prefix has a page", () => {
  const paths = Object.keys({ ...healthRoutes(operator), ...adminRoutes(operator), ...metricsRoutes(() => '') })
  const prefixOf = (path: string) => RESERVED_PREFIXES.find((each) => path === each || path.startsWith(`${each}/`))
  expect(paths.filter((path) => prefixOf(path) === undefined)).toEqual([])
  expect(new Set(paths.map(prefixOf))).toEqual(new Set(RESERVED_PREFIXES))
})
