using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using Engine.Metadata;

namespace Engine.Testing.Wire;

/// <summary>Compares by content, field by field, whatever the classes themselves call equal.</summary>
public static class DeepEquality
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> s_fields = [];

    /// <summary>Null when both are alike, else the path to the first field that differs.</summary>
    public static string? Difference(object? left, object? right)
    {
        if (left is null || right is null)
            return ReferenceEquals(left, right) ? null : " is there once";
        if (left is ReadOnlyMemory<byte> memory && right is ReadOnlyMemory<byte> other)
            return memory.Span.SequenceEqual(other.Span) ? null : " has other bytes";
        if (left is byte[] bytes && right is byte[] others)
            return bytes.AsSpan().SequenceEqual(others) ? null : " has other bytes";
        if (left is IEnumerable items and not string && right is IEnumerable otherItems)
            return OfItems([.. items.Cast<object?>()], [.. otherItems.Cast<object?>()]);
        if (left.GetType() != right.GetType())
            return $": {left.GetType().Name} and {right.GetType().Name}";
        if (left.GetType().IsPrimitive || left is Enum or string)
            return left.Equals(right) ? null : $": {left} and {right}";
        foreach (FieldInfo field in Fields(left.GetType()))
        {
            if (Difference(field.GetValue(left), field.GetValue(right)) is string found)
                return $".{field.Name}{found}";
        }

        return null;
    }

    /// <summary>All instance fields, those of base classes too; pages that travel behind a message are none of its.</summary>
    public static FieldInfo[] Fields(Type type) => s_fields.GetOrAdd(type, static of =>
    {
        List<FieldInfo> fields = [];
        for (Type? at = of; at is not null && at != typeof(object); at = at.BaseType)
        {
            fields.AddRange(at.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
        }

        return [.. fields.Where(static each => each.FieldType != typeof(PageParcel))];
    });

    private static string? OfItems(object?[] left, object?[] right)
    {
        if (left.Length != right.Length)
            return $": {left.Length} and {right.Length} items";
        for (int i = 0; i < left.Length; i++)
        {
            if (Difference(left[i], right[i]) is string found)
                return $"[{i}]{found}";
        }

        return null;
    }
}
