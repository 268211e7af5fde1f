"""The scaling law's fit."""

# %% wrong="sign" exercise="scaling-law" loses="scaling-law/fit, scaling-law/interval"
# The slope itself, which is negative.
def fit_power_law(n, error):
    from scipy.stats import t

    x, y = np.log(n), np.log(error)
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - intercept - slope * x
    s = np.sqrt((residuals**2).sum() / (len(x) - 2) / ((x - x.mean()) ** 2).sum())
    half = t.ppf(0.975, len(x) - 2) * s
    return slope, np.exp(intercept), (slope - half, slope + half)

# %% wrong="log-of-c" exercise="scaling-law" loses="scaling-law/fit"
# c is left as a logarithm.
def fit_power_law(n, error):
    from scipy.stats import t

    x, y = np.log(n), np.log(error)
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - intercept - slope * x
    s = np.sqrt((residuals**2).sum() / (len(x) - 2) / ((x - x.mean()) ** 2).sum())
    half = t.ppf(0.975, len(x) - 2) * s
    return -slope, intercept, (-slope - half, -slope + half)

# %% wrong="normal-quantile" exercise="scaling-law" loses="scaling-law/interval"
# 1.96, whatever the number of points.
def fit_power_law(n, error):
    from scipy.stats import t

    x, y = np.log(n), np.log(error)
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - intercept - slope * x
    s = np.sqrt((residuals**2).sum() / (len(x) - 2) / ((x - x.mean()) ** 2).sum())
    half = 1.96 * s
    return -slope, np.exp(intercept), (-slope - half, -slope + half)

# %% wrong="divided-by-k" exercise="scaling-law" loses="scaling-law/interval"
# The residuals' mean square in place of K - 2.
def fit_power_law(n, error):
    from scipy.stats import t

    x, y = np.log(n), np.log(error)
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - intercept - slope * x
    s = np.sqrt((residuals**2).sum() / len(x) / ((x - x.mean()) ** 2).sum())
    half = t.ppf(0.975, len(x) - 2) * s
    return -slope, np.exp(intercept), (-slope - half, -slope + half)

# %% wrong="logarithm-of-n-only" exercise="scaling-law" loses="scaling-law/fit, scaling-law/interval"
# A line through error, not log error.
def fit_power_law(n, error):
    from scipy.stats import t

    x, y = np.log(n), error
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - intercept - slope * x
    s = np.sqrt((residuals**2).sum() / (len(x) - 2) / ((x - x.mean()) ** 2).sum())
    half = t.ppf(0.975, len(x) - 2) * s
    return -slope, np.exp(intercept), (-slope - half, -slope + half)

# %% right="linregress" exercise="scaling-law"
# SciPy's regression.
def fit_power_law(n, error):
    from scipy.stats import t

    from scipy.stats import linregress

    line = linregress(np.log10(n), np.log10(error))
    half = t.ppf(0.975, len(n) - 2) * line.stderr
    return -line.slope, 10**line.intercept, [-line.slope - half, -line.slope + half]

# %% right="least-squares" exercise="scaling-law"
# A design matrix, and the covariance of the coefficients.
def fit_power_law(n, error):
    from scipy.stats import t

    x, y = np.log(n), np.log(error)
    A = np.stack([x, np.ones_like(x)], axis=1)
    (slope, intercept), *_ = np.linalg.lstsq(A, y, rcond=None)
    s2 = np.sum((y - A @ [slope, intercept]) ** 2) / (len(x) - 2)
    s = np.sqrt(s2 * np.linalg.inv(A.T @ A)[0, 0])
    half = t.ppf(0.975, len(x) - 2) * s
    return -slope, np.exp(intercept), (-slope - half, -slope + half)
