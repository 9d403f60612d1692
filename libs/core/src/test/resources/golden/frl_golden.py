"""The controller of the authors' code, and our fixed baseline, in NumPy, on random class errors: golden values for FairnessPolicyTest.

    python frl_golden.py > frl_golden.csv

Written from the published formulas, apart from the Java code. Columns: policy, epoch, then for each of C = 4 classes the
standard error, the boundary error, and the resulting standard weight, boundary weight and margin.
"""
import numpy as np

C, EPOCHS, CAP, HALVE = 4, 12, 0.5, 5
STD_RATE, BND_RATE, MARGIN_RATE = 0.05, 0.10, 0.2


def shared(gamma):
    past = gamma * (gamma > 0)
    return past / past.sum() * CAP if past.any() else past


def capped(phi):
    phi = np.maximum(phi, 0)
    return phi * CAP / phi.sum() if phi.sum() > CAP else phi


rng = np.random.default_rng(7)
for policy, tau, reweight, remargin in (
    ("frl-reweight", 0.10, 1, 0),
    ("frl-remargin", 0.07, 0, 1),
    ("frl-reweight-remargin", 0.07, 1, 1),
    ("baseline-reweight", 0.07, 0, 0),
):
    phi_std, phi_bnd, psi = np.zeros(C), np.zeros(C), np.zeros(C)
    for epoch in range(EPOCHS):
        std = rng.uniform(0, 0.5, C) + np.array([0.5, 0.0, 0.0, 0.2])
        bnd = rng.uniform(0, 0.3, C) * np.array([1.0, 0.2, 0.5, 0.8])
        gamma_std, gamma_bnd = std - std.mean() - tau, bnd - bnd.mean() - tau
        scale = 0.5 ** (epoch // HALVE)
        if policy == "baseline-reweight" and epoch == 0:
            phi_std, phi_bnd = shared(gamma_std), shared(gamma_bnd)
        if reweight:
            phi_std = capped(phi_std + STD_RATE * 4 * scale * gamma_std)
            phi_bnd = capped(phi_bnd + BND_RATE * 4 * scale * gamma_bnd)
        if remargin:
            psi = psi + MARGIN_RATE * gamma_bnd
        row = [std, bnd, 1 / C + phi_std - phi_std.sum() / C, 1 / C + phi_bnd - phi_bnd.sum() / C, np.clip(np.exp(2 * psi), 0.98, 3)]
        print(",".join([policy, str(epoch)] + [repr(float(v)) for block in row for v in block]))
