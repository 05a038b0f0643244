import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
} from '@tanstack/react-router'
import type { Connection } from './api/connection.ts'
import {
  functionQuery,
  functionsQuery,
  statusQuery,
  workspaceQuery,
  workspacesQuery,
} from './api/queries.ts'
import { LandingPage } from './pages/landing/landing-page.tsx'
import { parseFunctionSearch, parseSandboxSearch, parseWorkspaceSearch } from './search-params.ts'
import { AppShell } from './shell/app-shell.tsx'
import { ErrorPage, NotFoundPage, PendingPage } from './shell/fallback-pages.tsx'

export interface RouterContext {
  readonly queryClient: QueryClient
  readonly connection: Connection
}

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: AppShell })

const landingRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: LandingPage,
  loader: ({ context }) => void context.queryClient.prefetchQuery(workspacesQuery()),
})

const workspaceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/w/$workspaceId',
  validateSearch: parseWorkspaceSearch,
  component: lazyRouteComponent(
    () => import('./pages/workspace/workspace-page.tsx'),
    'WorkspacePage',
  ),
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(workspaceQuery(params.workspaceId))
    void context.queryClient.prefetchQuery(functionsQuery(params.workspaceId))
  },
})

const functionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/w/$workspaceId/f/$functionId',
  validateSearch: parseFunctionSearch,
  component: lazyRouteComponent(() => import('./pages/function/function-page.tsx'), 'FunctionPage'),
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(functionQuery(params)),
})

const sandboxRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sandbox',
  validateSearch: parseSandboxSearch,
  component: lazyRouteComponent(() => import('./pages/sandbox/sandbox-page.tsx'), 'SandboxPage'),
})

const statusRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/status',
  component: lazyRouteComponent(() => import('./pages/status/status-page.tsx'), 'StatusPage'),
  loader: ({ context }) => void context.queryClient.prefetchQuery(statusQuery()),
})

const routeTree = rootRoute.addChildren([
  landingRoute,
  workspaceRoute,
  functionRoute,
  sandboxRoute,
  statusRoute,
])

export function createAppRouter(context: RouterContext, history?: RouterHistory) {
  return createRouter({
    routeTree,
    context,
    ...(history && { history }),
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultErrorComponent: ErrorPage,
    defaultNotFoundComponent: () => <NotFoundPage />,
    defaultPendingComponent: PendingPage,
  })
}

export type AppRouter = ReturnType<typeof createAppRouter>

declare module '@tanstack/react-router' {
  interface Register {
    router: AppRouter
  }
}
