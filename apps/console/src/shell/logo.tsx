export function Logo() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="var(--accent-solid)" />
      <path
        d="M21.6 12.2a6.6 6.6 0 1 0 .9 5.3h-5.6"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="22.6" cy="9.4" r="1.9" fill="#fff" />
    </svg>
  )
}
