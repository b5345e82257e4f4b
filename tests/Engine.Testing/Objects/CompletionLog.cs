using Engine.Buffers;
using Engine.Objects;

namespace Engine.Testing.Objects;

/// <summary>A sink for tests: hands out tokens, waits for their results, and fails on a completion that nobody waits
/// for.</summary>
public sealed class CompletionLog : ICompletionSink
{
    private readonly object _gate = new();
    private readonly Dictionary<ulong, IoResult?> _results = [];
    private readonly List<string> _faults = [];
    private ulong _lastToken;

    /// <summary>Submissions that have not completed.</summary>
    public int PendingCount
    {
        get
        {
            lock (_gate)
                return _results.Values.Count(result => result is null);
        }
    }

    /// <summary>A new submission that reports here.</summary>
    public Submission Begin()
    {
        lock (_gate)
        {
            _results.Add(++_lastToken, null);
            return new Submission(this, _lastToken);
        }
    }

    public void Complete(ulong token, IoResult result)
    {
        lock (_gate)
        {
            if (!_results.TryGetValue(token, out IoResult? known) || known is not null)
                _faults.Add($"token {token} completed once too often, with {result}");
            else
                _results[token] = result;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>True when the submission has completed.</summary>
    public bool IsDone(in Submission submission)
    {
        lock (_gate)
            return _results[submission.Token] is not null;
    }

    /// <summary>Waits for the submission's result and for nothing else; generous, since machines are slow.</summary>
    public IoResult Wait(in Submission submission)
    {
        lock (_gate)
        {
            while (_results[submission.Token] is null)
            {
                if (!Monitor.Wait(_gate, TimeSpan.FromSeconds(60)))
                    throw new TimeoutException($"token {submission.Token} did not complete");
            }

            return _results[submission.Token]!.Value;
        }
    }

    /// <summary>Fails when a submission completed twice or is still under way.</summary>
    public void Verify()
    {
        lock (_gate)
        {
            if (_faults.Count > 0)
                throw new InvalidOperationException(string.Join("; ", _faults));
            if (_results.Values.Any(result => result is null))
                throw new InvalidOperationException($"{PendingCount} submissions never completed");
        }
    }
}
