// What a step wants done: gathered while the step runs, carried out in order when it is over.
//
// Ownership: payloads of appends go to their target; lists of object operations belong to
// whoever takes the completion. Invariant: nothing reaches the environment outside Run.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>What a step wants done, in order. Nothing leaves the rank before its step is over; a crash in the middle of the list
/// is a crash between two effects.</summary>
internal sealed class RankEffects
{
    private readonly List<Effect> _effects = [];
    private readonly IRankEnvironment _environment;
    private int _next;

    public RankEffects(IRankEnvironment environment)
    {
        _environment = environment;
    }

    private enum Kind
    {
        Send,
        Append,
        ResumeAppends,
        Flush,
        Trim,
        ReadLog,
        StatObject,
        ReadObject,
        WriteObject,
        RemoveObject,
        FlushObjects,
        ListObjects,
        Timer,
        Post,
    }

    /// <summary>Effects that wait.</summary>
    public int Count => _effects.Count - _next;

    public void Send(Peer to, Message message) => _effects.Add(new Effect(Kind.Send) { To = to, Message = message });

    /// <summary>Appends an event.</summary>
    public void Append(BufferList payload, IAppendTarget target, long seq) =>
        _effects.Add(new Effect(Kind.Append) { Buffers = payload, Target = target, Number = seq });

    /// <summary>Appends what there was no room for.</summary>
    public void Resume(IAppendTarget target) => _effects.Add(new Effect(Kind.ResumeAppends) { Target = target });

    public void Flush(in Submission submission) => _effects.Add(new Effect(Kind.Flush) { Submission = submission });

    public void Trim(long position, in Submission submission) =>
        _effects.Add(new Effect(Kind.Trim) { Number = position, Submission = submission });

    public void ReadLog(long position, LogBatch batch, in Submission submission) =>
        _effects.Add(new Effect(Kind.ReadLog) { Number = position, Batch = batch, Submission = submission });

    public void StatObject(in ObjectTarget target, in Submission submission) =>
        _effects.Add(new Effect(Kind.StatObject) { Object = target, Submission = submission });

    public void ReadObject(in ObjectTarget target, int length, BufferList destination, in Submission submission) =>
        _effects.Add(new Effect(Kind.ReadObject)
        {
            Object = target, Number = length, Buffers = destination, Submission = submission,
        });

    /// <summary>Replaces an object by the list's bytes; the list is given back when the operation is over, by whoever takes the
    /// completion.</summary>
    public void WriteObject(in ObjectTarget target, BufferList source, in Submission submission) =>
        _effects.Add(new Effect(Kind.WriteObject) { Object = target, Buffers = source, Submission = submission });

    public void RemoveObject(in ObjectTarget target, in Submission submission) =>
        _effects.Add(new Effect(Kind.RemoveObject) { Object = target, Submission = submission });

    public void FlushObjects(in Submission submission) => _effects.Add(new Effect(Kind.FlushObjects) { Submission = submission });

    public void ListObjects(ICollection<string> names, in Submission submission) =>
        _effects.Add(new Effect(Kind.ListObjects) { Names = names, Submission = submission });

    public void SetTimer(ulong token, long delayMicros) =>
        _effects.Add(new Effect(Kind.Timer) { Token = token, Number = delayMicros });

    public void Post(in RankEvent item) => _effects.Add(new Effect(Kind.Post) { Event = item });

    /// <summary>Carries everything out.</summary>
    public void Run()
    {
        while (_next < _effects.Count)
        {
            Effect effect = _effects[_next];
            _effects[_next++] = default;
            Run(effect);
        }

        _effects.Clear();
        _next = 0;
    }

    private void Run(in Effect effect)
    {
        switch (effect.Kind)
        {
            case Kind.Send:
                _environment.Send(effect.To, effect.Message!);
                break;
            case Kind.Append:
                effect.Target!.Append(effect.Buffers!, effect.Number);
                break;
            case Kind.ResumeAppends:
                effect.Target!.Resume();
                break;
            case Kind.Flush:
                _environment.Log.Flush(effect.Submission);
                break;
            case Kind.Trim:
                _environment.Log.Trim(effect.Number, effect.Submission);
                break;
            case Kind.ReadLog:
                _environment.Log.Read(effect.Number, effect.Batch!, effect.Submission);
                break;
            case Kind.StatObject:
                _environment.Objects.Stat(effect.Object, effect.Submission);
                break;
            case Kind.FlushObjects:
                _environment.Objects.Flush(effect.Submission);
                break;
            case Kind.ListObjects:
                _environment.Objects.List(DirObjects.Prefix, effect.Names!, effect.Submission);
                break;
            case Kind.ReadObject:
                ObjectRead read = new(effect.Object, 0, (int)effect.Number);
                _environment.Objects.Read(read, effect.Buffers!, effect.Submission);
                break;
            case Kind.WriteObject:
                ObjectWrite write = new(effect.Object, 0, (int)effect.Buffers!.Length) { Replaces = true };
                _environment.Objects.Write(write, effect.Buffers, effect.Submission);
                break;
            case Kind.RemoveObject:
                _environment.Objects.Remove(effect.Object, effect.Submission);
                break;
            case Kind.Timer:
                _environment.SetTimer(effect.Token, effect.Number);
                break;
            default:
                _environment.Post(effect.Event);
                break;
        }
    }

    private readonly record struct Effect(Kind Kind)
    {
        public Peer To { get; init; }

        public Message? Message { get; init; }

        public BufferList? Buffers { get; init; }

        public IAppendTarget? Target { get; init; }

        public LogBatch? Batch { get; init; }

        public ICollection<string>? Names { get; init; }

        public ObjectTarget Object { get; init; }

        public long Number { get; init; }

        public ulong Token { get; init; }

        public Submission Submission { get; init; }

        public RankEvent Event { get; init; }
    }
}
