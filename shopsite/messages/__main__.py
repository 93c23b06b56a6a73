import sys

from shopsite.messages import collect_messages, compile_messages, untranslated

if "--collect" in sys.argv:
    print(collect_messages())
if "--check" in sys.argv:
    missing = untranslated()
    for text in missing:
        print(f"not translated: {text!r}")
    sys.exit(1 if missing else 0)
for path in compile_messages():
    print(path)
