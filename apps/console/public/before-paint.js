// Sets theme and language before the first paint, so neither flashes. Keys: src/theme/theme.ts, src/i18n/locale.ts.
;(function () {
  try {
    var theme = localStorage.getItem('gaesup.theme')
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
    var locale = localStorage.getItem('gaesup.locale') || navigator.language || 'en'
    document.documentElement.lang = locale.slice(0, 2) === 'ko' ? 'ko' : 'en'
  } catch {
    // Storage may be forbidden; the system's theme and language then apply.
  }
})()
