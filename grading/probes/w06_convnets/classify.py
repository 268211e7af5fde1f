"""What is in this picture?"""

# %% wrong="no-pre-processing" exercise="classify" loses="classify/pre-processing and layers, classify/top k"
# The pixels go in as they are.
def run_layers(net, x):
    return net.layers(x)


def top_k(net, x, k=5):
    values, classes = run_layers(net, x).softmax(1).topk(k)
    return [[(net.class_names[c], p) for c, p in zip(cs, ps)] for cs, ps in zip(classes.tolist(), values.tolist())]

# %% wrong="normalised-by-the-image" exercise="classify" loses="classify/pre-processing and layers, classify/top k"
# Each image's own mean and deviation.
def run_layers(net, x):
    return net.layers((x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True))


def top_k(net, x, k=5):
    values, classes = run_layers(net, x).softmax(1).topk(k)
    return [[(net.class_names[c], p) for c, p in zip(cs, ps)] for cs, ps in zip(classes.tolist(), values.tolist())]

# %% wrong="logits" exercise="classify" loses="classify/top k"
# Logits are not probabilities.
def run_layers(net, x):
    return net.layers((x - net.mean) / net.std)


def top_k(net, x, k=5):
    values, classes = run_layers(net, x).topk(k)
    return [[(net.class_names[c], p) for c, p in zip(cs, ps)] for cs, ps in zip(classes.tolist(), values.tolist())]

# %% wrong="softmax-over-the-batch" exercise="classify" loses="classify/top k"
# The probabilities of a class sum to one over the images.
def run_layers(net, x):
    return net.layers((x - net.mean) / net.std)


def top_k(net, x, k=5):
    values, classes = run_layers(net, x).softmax(0).topk(k)
    return [[(net.class_names[c], p) for c, p in zip(cs, ps)] for cs, ps in zip(classes.tolist(), values.tolist())]

# %% wrong="likeliest-last" exercise="classify" loses="classify/top k"
# argsort from the least likely on.
def run_layers(net, x):
    return net.layers((x - net.mean) / net.std)


def top_k(net, x, k=5):
    p = run_layers(net, x).softmax(1)
    return [[(net.class_names[c], row[c].item()) for c in row.argsort()[-k:].tolist()] for row in p]

# %% right="sorted" exercise="classify"
# Pairs are sorted in Python; lists in place of tuples.
def run_layers(net, x):
    h = x.sub(net.mean).div(net.std)
    for name, layer in net.layers.named_children():
        h = layer(h)
    return h


@torch.no_grad()
def top_k(net, x, k=5):
    answers = []
    for row in torch.softmax(run_layers(net, x), dim=-1):
        pairs = [[name, float(p)] for name, p in zip(net.class_names, row)]
        answers.append(sorted(pairs, key=lambda pair: -pair[1])[:k])
    return answers

# %% right="in-numpy" exercise="classify"
# NumPy and a softmax by hand.
def run_layers(net, x):
    return net.layers((x - net.mean) / net.std)


def top_k(net, x, k=5):
    logits = run_layers(net, x).detach().numpy().astype(float)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    order = np.argsort(-p, axis=1)[:, :k]
    return [[(net.class_names[c], p[n, c]) for c in row] for n, row in enumerate(order)]
