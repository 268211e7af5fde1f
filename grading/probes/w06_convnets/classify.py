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

# %% wrong="divided-first" exercise="classify" loses="classify/pre-processing and layers, classify/top k"
# Divided by the deviation before the mean is taken out; only the first image is answered.
def run_layers(net, x):
    return net.layers(x / net.std - net.mean)


def top_k(net, x, k=5):
    values, classes = run_layers(net, x).softmax(1)[0].topk(k)
    return [(net.class_names[c], p) for c, p in zip(classes.tolist(), values.tolist())]

# %% wrong="percent" exercise="classify" loses="classify/top k"
# Probabilities in percent.
def run_layers(net, x):
    return net.layers((x - net.mean) / net.std)


def top_k(net, x, k=5):
    values, classes = (100 * run_layers(net, x).softmax(1)).topk(k)
    return [[(net.class_names[c], p) for c, p in zip(cs, ps)] for cs, ps in zip(classes.tolist(), values.tolist())]

# %% right="own-names" exercise="classify"
# Variables called probabilities and best.
def run_layers(net, x):
    x = (x - net.mean.to(x.device)) / net.std.to(x.device)
    for name in net.layer_names:
        x = getattr(net.layers, name)(x)
    return x


def top_k(net, x, k=5):
    with torch.inference_mode():
        probabilities = F.softmax(run_layers(net, x), dim=-1)
        best = probabilities.argsort(dim=-1, descending=True)[:, :k]
    result = []
    for row, indices in zip(probabilities, best):
        result.append([(net.class_names[i], row[i].item()) for i in indices.tolist()])
    return result

# %% right="reduce" exercise="classify"
# Layers by reduce; a variable called predict; tuples of NumPy numbers.
def run_layers(net, x):
    from functools import reduce

    normalised = (x - net.mean) / net.std
    return reduce(lambda h, layer: layer(h), net.layers, normalised)


def top_k(net, x, k=5):
    predict = torch.softmax(run_layers(net, x).double(), dim=1).detach().cpu()
    values, indices = torch.sort(predict, dim=1, descending=True)
    return [tuple(zip([net.class_names[i] for i in ind[:k]], val[:k].numpy())) for val, ind in zip(values, indices)]
