"""Sums up Surefire's reports below the working directory: names what failed, says why tests were skipped, and ends with
`N passed, N failed, N skipped`. Exits with 1 if a test failed, if none ran, or if the build did (its code is the argument)."""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def main(build_code):
    tests = failed = skipped = 0
    reasons = {}
    for report in sorted(pathlib.Path(".").glob("**/target/surefire-reports/TEST-*.xml")):
        for case in ElementTree.parse(report).iter("testcase"):
            tests += 1
            name = f"{case.get('classname')}.{case.get('name')}"
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                print(f"FAILED  {name}")
            elif case.find("skipped") is not None:
                skipped += 1
                reason = (case.find("skipped").get("message") or "no reason given").splitlines()[0]
                reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        print(f"skipped {len(names)}: {reason} ({names[0]}{', …' if len(names) > 1 else ''})")
    if build_code:
        print(f"the build failed (Maven's exit code is {build_code}); see above")
    print(f"{tests - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or build_code or not tests else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
