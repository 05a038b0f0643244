/** What the whole product must do, each with the place that says so. A scenario cites ids in its title; an uncited id fails. */
export interface Requirement {
  readonly id: string
  readonly text: string
  /** Seed document and section, or the README. */
  readonly source: string
}

export const requirements: readonly Requirement[] = [
  {
    id: 'SBX-1',
    text: "The seed's example conversation runs unchanged over a bare WebSocket, field for field.",
    source: 'sandbox: API, 사용 예제',
  },
  {
    id: 'SBX-2',
    text: 'All seven commands work for Python and JavaScript sessions.',
    source: 'sandbox: Custom Command Interface',
  },
  {
    id: 'SBX-3',
    text: 'A command stopped by a limit is not a success, names the limit, and the session goes on.',
    source: 'sandbox: 보안 고려사항',
  },
  {
    id: 'SBX-4',
    text: 'GET /health answers on the sandbox port.',
    source: 'sandbox: Health Check',
  },
  {
    id: 'SBX-5',
    text: 'A WebSocket from a page of another origin is refused.',
    source: 'README: limits',
  },
  {
    id: 'KEEP-1',
    text: 'After kill -9 the session, its files, functions and execution logs are there.',
    source: 'README: limits',
  },
  {
    id: 'KEEP-2',
    text: 'Whatever was acknowledged when the daemon was killed is there exactly, in the middle of any work.',
    source: 'README: full stack',
  },
  {
    id: 'KEEP-3',
    text: 'What cannot be stored is not acknowledged, and is told in the answer, at /status and once in the terminal.',
    source: 'docs/architecture.md: What is kept, and when',
  },
  {
    id: 'FN-1',
    text: 'A function is created, changed, invoked and logged over HTTP in the shapes of the seed.',
    source: 'console-api: 함수 API, Invoke',
  },
  {
    id: 'FN-2',
    text: 'Errors have the seed format with a stable code.',
    source: 'console-api: 에러 포맷',
  },
  {
    id: 'FN-3',
    text: 'What a function answers never runs as a page of the console.',
    source: 'README: limits',
  },
  {
    id: 'RUN-1',
    text: 'A taken port is named with its setting, and the daemon exits non-zero.',
    source: 'README: full stack',
  },
  {
    id: 'RUN-4',
    text: 'A data folder that cannot be used is named with its setting, and the daemon exits non-zero at once.',
    source: 'README: full stack',
  },
  {
    id: 'RUN-2',
    text: 'SIGTERM stops the daemon cleanly and leaves no process behind.',
    source: 'README: full stack',
  },
  {
    id: 'RUN-3',
    text: '/status says what is embedded, what is real, and which runtimes there are.',
    source: 'README: full stack',
  },
  {
    id: 'UI-1',
    text: 'From an empty installation to a running function in three clicks.',
    source: 'console-api: 프론트엔드',
  },
  {
    id: 'UI-2',
    text: 'Code is edited, run, and its response, prints and logs are shown beside it.',
    source: 'console-api: 프론트엔드',
  },
  {
    id: 'UI-3',
    text: 'A sandbox session runs code and typed commands in the page.',
    source: 'sandbox: 사용 예제',
  },
  {
    id: 'UI-4',
    text: 'The console speaks Korean and English, in light and dark, in a narrow window, without accessibility violations.',
    source: 'README: console',
  },
  {
    id: 'UI-5',
    text: 'Code and output of a sandbox session outlive a reload and the end of the session.',
    source: 'sandbox: session.close, README: console',
  },
  {
    id: 'UI-6',
    text: 'A paste of several lines in the terminal is one entry; no line of it is lost.',
    source: 'README: console',
  },
  {
    id: 'UI-7',
    text: 'Sessions in the list are told apart, also where there are many in a narrow window.',
    source: 'sandbox: session.list, README: console',
  },
  {
    id: 'UI-8',
    text: 'Two thousand functions and ten thousand lines of output stay fluid.',
    source: 'README: console',
  },
  {
    id: 'UI-9',
    text: 'The console is worked with the keyboard alone, and keeps what was prepared across a reload.',
    source: 'README: console',
  },
  {
    id: 'UI-10',
    text: 'The first page is small: the editor and the terminal are downloaded where they are shown.',
    source: 'README: console',
  },
]
