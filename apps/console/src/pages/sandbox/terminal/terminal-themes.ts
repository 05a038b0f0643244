import type { ITheme } from '@xterm/xterm'

export const terminalThemes: Readonly<Record<'light' | 'dark', ITheme>> = {
  light: {
    background: '#ffffff',
    foreground: '#16181d',
    cursor: '#4453d0',
    cursorAccent: '#ffffff',
    selectionBackground: '#c9cff7',
    red: '#c22b33',
    green: '#177245',
    yellow: '#8a5a00',
    blue: '#3745ba',
    magenta: '#8a2fb0',
    cyan: '#0b6b80',
    white: '#4b525e',
    brightBlack: '#636a76',
  },
  dark: {
    background: '#14161a',
    foreground: '#eceef1',
    cursor: '#8f9bff',
    cursorAccent: '#14161a',
    selectionBackground: '#3a4180',
    red: '#ff8087',
    green: '#58c98b',
    yellow: '#e5b454',
    blue: '#8f9bff',
    magenta: '#c49bff',
    cyan: '#6fd0e0',
    white: '#a9b0bb',
    brightBlack: '#8d95a1',
  },
}
