// Runs in the browser. Everything that answers a question works without it.
'use strict';

const isTyping = (element) => element.closest('input, textarea, select') !== null;
const stops = () => [...document.querySelectorAll('[data-stop]')];

function step(by) {
  const all = stops();
  const at = all.findIndex((stop) => stop.contains(document.activeElement));
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
  if (next === undefined) return;
  next.setAttribute('tabindex', '-1');
  next.focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  '/': () => document.querySelector('input[type=search]')?.focus(),
  a: () => document.activeElement.querySelector?.('input:not([type=hidden]), textarea, select, button')?.focus(),
};

document.addEventListener('keydown', (event) => {
  const work = KEYS[event.key];
  if (work === undefined || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  event.preventDefault();
  work();
});

// Whoever types a password can look at it.
for (const field of document.querySelectorAll('.sign-in input[type=password]')) {
  const show = document.createElement('button');
  show.type = 'button';
  show.className = 'plain';
  show.textContent = 'Show';
  show.setAttribute('aria-pressed', 'false');
  show.setAttribute('aria-label', `Show: ${field.labels[0].textContent}`);
  show.addEventListener('click', () => {
    const isShown = field.type === 'text';
    field.type = isShown ? 'password' : 'text';
    show.setAttribute('aria-pressed', String(!isShown));
  });
  field.after(show);
}

// How strong a new password is, while it is typed. It is judged here, and sent nowhere before the form is.
const judged = document.querySelector('input[data-rules]');
if (judged !== null) {
  const words = ['Very easy to guess.', 'Easy to guess.', 'Easy to guess.', 'Hard to guess.', 'Very hard to guess.'];
  const meter = document.createElement('meter');
  Object.assign(meter, { max: 4, low: 2.5, high: 3.5, optimum: 4 });
  meter.setAttribute('aria-hidden', 'true');
  const said = document.createElement('p');
  said.className = 'meta';
  said.setAttribute('role', 'status');
  let judge, pause;
  const show = () => {
    if (judge === undefined) return;
    const { score, problem } = judge(judged.value, judged.dataset.person);
    meter.value = score;
    clearTimeout(pause);
    // Whoever listens hears it once they pause.
    pause = setTimeout(() => {
      said.textContent = judged.value === '' ? '' : problem?.startsWith('has') ? `It ${problem}.` : words[score];
    }, 300);
  };
  judged.addEventListener('input', show);
  judged.addEventListener(
    'focus',
    () => {
      const script = document.createElement('script');
      script.src = judged.dataset.rules;
      script.addEventListener('load', () => {
        judge = globalThis.passwordRules();
        judged.after(meter, said);
        show();
      });
      document.head.append(script);
    },
    { once: true },
  );
}
