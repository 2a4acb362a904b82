"""That botocore walks pages and matches acceptors as walk_cases.json says."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from walk_cases import FOLDER, read_json  # noqa: E402

try:
    import botocore.exceptions
    import botocore.paginate
    import botocore.waiter
except ImportError:
    botocore = None

CASES = read_json(FOLDER / "walk_cases.json")


class Method:
    """Stands for a client's method: keeps what it is asked, and gives the answers in order."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, **asked):
        self.asked.append(asked)
        return self.answers.pop(0)


class Pages(botocore.paginate.PageIterator if botocore else object):
    """Without the model of a real operation, which is for the names of limits alone."""

    def __init__(self, facts, method, asked):
        paginator = botocore.paginate.Paginator(method, {**facts}, None)
        super().__init__(method, paginator._input_token, paginator._output_token, paginator._more_results,
                         paginator._result_keys, paginator._non_aggregate_keys, None, None, None, None, asked)


@unittest.skipUnless(botocore, "This Python has no botocore to compare with.")
class AsBotocore(unittest.TestCase):
    def test_pages(self):
        for case in CASES["pages"]:
            with self.subTest(case["id"]):
                method = Method(case["answers"])
                end = "last"
                try:
                    for _ in Pages(case["facts"], method, dict(case["input"])):
                        pass
                except botocore.exceptions.PaginationError:
                    end = "RepeatedToken"
                self.assertEqual(method.asked, case["asked"])
                self.assertEqual(end, case["end"])

    def test_matches(self):
        for case in CASES["matches"]:
            facts = {"state": "success", **{key: case[key] for key in ("matcher", "argument", "expected")}}
            acceptor = botocore.waiter.AcceptorConfig(facts)
            for answers, matches in ((case["yes"], True), (case["no"], False)):
                for answer in answers:
                    with self.subTest(case["argument"], answer=answer):
                        self.assertEqual(acceptor.matcher_func(answer), matches)


if __name__ == "__main__":
    unittest.main()
