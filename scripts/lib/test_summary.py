"""Summary of all tests: Surefire's reports below the working directory, and shellcheck. Names the failed tests, says why tests
were skipped, and ends with `N passed, N failed, N skipped`. Exits with 1 if a test failed, if no test ran, or if the build failed.

Arguments: Maven's exit code; the result of shellcheck, which is passed, failed, or the reason why it was skipped."""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def main(build_code, shellcheck):
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
    none_ran = tests == 0
    tests += 1
    if shellcheck == "failed":
        failed += 1
        print("FAILED  shellcheck; its findings are at the top")
    elif shellcheck != "passed":
        skipped += 1
        reasons.setdefault(shellcheck, []).append("shellcheck")
    for reason, names in reasons.items():
        print(f"skipped {len(names)}: {reason} ({names[0]}{', …' if len(names) > 1 else ''})")
    if build_code:
        print(f"the build failed (Maven's exit code is {build_code}); see above")
    print(f"{tests - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or build_code or none_ran else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
